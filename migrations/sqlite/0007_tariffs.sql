-- Published tables of the nomenclature, one import a row: an edition in a language.
CREATE TABLE tariff_editions (
    edition TEXT NOT NULL,
    language TEXT NOT NULL,
    format TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    imported_at TEXT NOT NULL,
    lines INTEGER NOT NULL,
    PRIMARY KEY (edition, language)
) STRICT;

-- Their lines, in the order of the table. Headlines without a code and units are JSON lists.
CREATE TABLE tariff_lines (
    edition TEXT NOT NULL,
    language TEXT NOT NULL,
    code TEXT NOT NULL,
    place INTEGER NOT NULL,
    parent TEXT,
    headlines TEXT NOT NULL,
    description TEXT NOT NULL,
    units TEXT NOT NULL,
    PRIMARY KEY (edition, language, code),
    FOREIGN KEY (edition, language) REFERENCES tariff_editions (edition, language) ON DELETE CASCADE
) STRICT;

-- Which codes of one edition became which of another; an empty to_code says that none took its place.
CREATE TABLE tariff_moves (
    from_edition TEXT NOT NULL,
    from_code TEXT NOT NULL,
    to_edition TEXT NOT NULL,
    to_code TEXT NOT NULL,
    note TEXT,
    PRIMARY KEY (from_code, from_edition, to_edition, to_code)
) STRICT;
