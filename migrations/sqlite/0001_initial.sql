-- The first schema. Conventions (why text for money, moments and hashes): api/store/src/lib.rs.

-- 'TCHS': a foreign SQLite file is told apart before anything is written to it.
PRAGMA application_id = 1413695571;

-- Every source that gave anything. The columns of its file are NULL for lists, and for sources
-- whose file was never read here.
CREATE TABLE sources (
    id         TEXT NOT NULL PRIMARY KEY,
    name       TEXT,
    market     TEXT,
    text_hash  TEXT,
    permission TEXT,
    contact    TEXT,
    read_at    TEXT
) STRICT;

CREATE TABLE crawls (
    id          INTEGER PRIMARY KEY,
    source_id   TEXT NOT NULL REFERENCES sources (id),
    started_at  TEXT NOT NULL,
    -- Last visit: an interrupted crawl is taken up again only while this is recent.
    active_at   TEXT NOT NULL,
    finished_at TEXT
) STRICT;

-- Two processes that crawl one source share its crawl and its leases.
CREATE UNIQUE INDEX crawls_one_open ON crawls (source_id) WHERE finished_at IS NULL;

-- The frontier.
CREATE TABLE urls (
    id            INTEGER PRIMARY KEY,
    source_id     TEXT NOT NULL REFERENCES sources (id),
    url           TEXT NOT NULL,
    host          TEXT NOT NULL,
    depth         INTEGER NOT NULL,
    priority      INTEGER NOT NULL,
    state         TEXT NOT NULL CHECK (state IN
        ('due', 'done', 'gone', 'failed', 'disallowed', 'refused', 'redirected')),
    due_at        TEXT NOT NULL,
    -- Failures in the present crawl.
    attempts      INTEGER NOT NULL DEFAULT 0,
    lease_worker  TEXT,
    lease_until   TEXT,
    -- Grows with every lease. A worker writes only under the epoch it was given, so one that slept
    -- past the end of its lease cannot overwrite its successor.
    lease_epoch   INTEGER NOT NULL DEFAULT 0,
    last_visit_at TEXT,
    UNIQUE (source_id, url)
) STRICT;

CREATE INDEX urls_due ON urls (source_id, priority DESC, due_at, id) WHERE state = 'due';
CREATE INDEX urls_leased ON urls (lease_worker) WHERE lease_worker IS NOT NULL;

CREATE TABLE visits (
    id                 INTEGER PRIMARY KEY,
    -- NULL for saved pages that were imported.
    crawl_id           INTEGER REFERENCES crawls (id),
    source_id          TEXT NOT NULL REFERENCES sources (id),
    url_id             INTEGER NOT NULL REFERENCES urls (id),
    visited_at         TEXT NOT NULL,
    outcome            TEXT NOT NULL CHECK (outcome IN
        ('fetched', 'unchanged', 'gone', 'failed', 'disallowed', 'refused', 'redirected')),
    status             INTEGER,
    payload_hash       TEXT,
    archive_file       TEXT,
    archive_offset     INTEGER,
    -- Error, reason, or target of a redirect.
    detail             TEXT,
    observations_new   INTEGER NOT NULL,
    observations_known INTEGER NOT NULL,
    rejections_new     INTEGER NOT NULL
) STRICT;

CREATE INDEX visits_by_crawl ON visits (crawl_id) WHERE crawl_id IS NOT NULL;
CREATE INDEX visits_by_source ON visits (source_id, visited_at);

-- The content known of a URL: what to ask with next time, and which visit brought it.
CREATE TABLE pages (
    url_id         INTEGER PRIMARY KEY REFERENCES urls (id),
    payload_hash   TEXT NOT NULL,
    content_type   TEXT,
    etag           TEXT,
    last_modified  TEXT,
    archive_file   TEXT,
    archive_offset INTEGER,
    -- When this content came, and when it was last seen, sent again or not.
    fetched_at     TEXT NOT NULL,
    seen_at        TEXT NOT NULL,
    content_visit  INTEGER NOT NULL REFERENCES visits (id)
) STRICT;

CREATE TABLE observations (
    id               TEXT NOT NULL PRIMARY KEY,
    -- The observation read from content, where this row says that it was seen again on another day.
    original_id      TEXT REFERENCES observations (id),
    source_id        TEXT NOT NULL REFERENCES sources (id),
    site             TEXT NOT NULL,
    page_url         TEXT,
    captured_at      TEXT NOT NULL,
    captured_day     TEXT NOT NULL,
    page_hash        TEXT,
    archive_file     TEXT,
    archive_offset   INTEGER,
    market           TEXT,
    default_currency TEXT,
    language         TEXT,
    url              TEXT,
    name             TEXT NOT NULL,
    seller           TEXT NOT NULL,
    brand            TEXT,
    model            TEXT,
    gtin             TEXT,
    -- The code as known, and its subheading, NULL where only a heading or chapter is known.
    hs               TEXT,
    hs6              TEXT,
    hs_witness       TEXT,
    condition        TEXT,
    level            TEXT NOT NULL,
    kind             TEXT NOT NULL,
    price_amount     TEXT NOT NULL,
    currency         TEXT NOT NULL,
    price_high       TEXT,
    quantities       TEXT NOT NULL,
    min_order        TEXT,
    breaks           TEXT NOT NULL,
    basis_low        TEXT NOT NULL,
    basis_high       TEXT NOT NULL,
    basis            TEXT NOT NULL,
    origin           TEXT,
    ships_to         TEXT NOT NULL,
    availability     TEXT,
    explain          TEXT NOT NULL,
    last_seen_at     TEXT NOT NULL,
    -- How often it was handed in; 1 tells a new row from a known one.
    sightings        INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE INDEX observations_by_source ON observations (source_id, captured_day);

-- What each content was read as: when the page is seen again unchanged, these are seen again.
CREATE TABLE visit_observations (
    visit_id       INTEGER NOT NULL REFERENCES visits (id),
    observation_id TEXT NOT NULL REFERENCES observations (id),
    PRIMARY KEY (visit_id, observation_id)
) STRICT, WITHOUT ROWID;

-- Nothing is dropped silently. The id is the hash of reason, source, place, detail and page.
CREATE TABLE rejections (
    id            TEXT NOT NULL PRIMARY KEY,
    reason        TEXT NOT NULL,
    detail        TEXT NOT NULL,
    source_id     TEXT NOT NULL REFERENCES sources (id),
    place         TEXT NOT NULL,
    page_hash     TEXT,
    first_seen_at TEXT NOT NULL,
    last_seen_at  TEXT NOT NULL,
    sightings     INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE INDEX rejections_by_reason ON rejections (reason, last_seen_at);
CREATE INDEX rejections_by_source ON rejections (source_id);

-- 1 base = rate quote.
CREATE TABLE rates (
    base   TEXT NOT NULL,
    quote  TEXT NOT NULL,
    date   TEXT NOT NULL,
    source TEXT NOT NULL,
    rate   TEXT NOT NULL,
    PRIMARY KEY (base, quote, date, source)
) STRICT, WITHOUT ROWID;

-- The content lies in files beside the database.
CREATE TABLE snapshots (
    id         TEXT NOT NULL PRIMARY KEY,
    built_at   TEXT NOT NULL,
    currency   TEXT NOT NULL,
    file       TEXT NOT NULL,
    listings   INTEGER NOT NULL,
    "groups"   INTEGER NOT NULL,
    exclusions INTEGER NOT NULL,
    note       TEXT NOT NULL,
    parameters TEXT NOT NULL,
    sightings  INTEGER NOT NULL DEFAULT 1
) STRICT;
