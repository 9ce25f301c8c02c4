-- Published tables of the nomenclature, one import a row: an edition in a language.
CREATE TABLE tariff_editions (
    edition text COLLATE "C" NOT NULL,
    language text COLLATE "C" NOT NULL,
    format text NOT NULL,
    content_hash text NOT NULL,
    imported_at timestamptz NOT NULL,
    lines bigint NOT NULL,
    PRIMARY KEY (edition, language)
);

-- Their lines, in the order of the table. Headlines without a code and units are JSON lists.
CREATE TABLE tariff_lines (
    edition text COLLATE "C" NOT NULL,
    language text COLLATE "C" NOT NULL,
    code text COLLATE "C" NOT NULL,
    place bigint NOT NULL,
    parent text,
    headlines text NOT NULL,
    description text NOT NULL,
    units text NOT NULL,
    PRIMARY KEY (edition, language, code),
    FOREIGN KEY (edition, language) REFERENCES tariff_editions (edition, language) ON DELETE CASCADE
);

-- Which codes of one edition became which of another; an empty to_code says that none took its place.
CREATE TABLE tariff_moves (
    from_edition text COLLATE "C" NOT NULL,
    from_code text COLLATE "C" NOT NULL,
    to_edition text COLLATE "C" NOT NULL,
    to_code text COLLATE "C" NOT NULL,
    note text,
    PRIMARY KEY (from_code, from_edition, to_edition, to_code)
);
