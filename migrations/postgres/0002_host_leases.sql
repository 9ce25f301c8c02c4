-- Leases move from URLs to hosts: while a worker holds a host nobody else sends it anything.

-- One row a host, whatever sources it serves.
CREATE TABLE hosts (
    name           text COLLATE "C" NOT NULL PRIMARY KEY,
    -- Nothing is sent before this moment. It moves only forward.
    next_at        timestamptz,
    delay_ms       bigint NOT NULL DEFAULT 0,
    failures       bigint NOT NULL DEFAULT 0,
    latency_ms     bigint NOT NULL DEFAULT 0,
    -- A lease that was not given back stands here past its end: its holder may have asked until then,
    -- so that the host rests for its delay from then on.
    lease_worker   text COLLATE "C",
    lease_until    timestamptz,
    -- Grows with every lease. A worker writes only under the epoch it was given, so that one that
    -- slept past the end of its lease cannot write over its successor.
    lease_epoch    bigint NOT NULL DEFAULT 0,
    -- What the lease is for, and the visits and requests it may still bring: they count against the
    -- budgets while it runs.
    lease_source   text COLLATE "C",
    lease_crawl    bigint REFERENCES crawls (id),
    lease_given    bigint NOT NULL DEFAULT 0,
    lease_requests bigint NOT NULL DEFAULT 0
);

CREATE INDEX hosts_leased ON hosts (lease_source) WHERE lease_worker IS NOT NULL;
CREATE INDEX hosts_of_worker ON hosts (lease_worker) WHERE lease_worker IS NOT NULL;

-- The hosts of each source, in the order in which they are worth looking at. ready_at is never later
-- than the first moment at which the host has a URL to be visited, is free and has rested; NULL means
-- that no URL waits there. Whoever finds it too early corrects it.
CREATE TABLE source_hosts (
    source_id text COLLATE "C" NOT NULL REFERENCES sources (id),
    host      text COLLATE "C" NOT NULL REFERENCES hosts (name),
    ready_at  timestamptz,
    PRIMARY KEY (source_id, host)
);

CREATE INDEX source_hosts_ready ON source_hosts (source_id, ready_at, host) WHERE ready_at IS NOT NULL;
CREATE INDEX source_hosts_of_host ON source_hosts (host);

-- robots.txt as it was fetched, for every origin of a host. No body and no reason: there is none.
CREATE TABLE robots (
    origin      text COLLATE "C" NOT NULL PRIMARY KEY,
    host        text COLLATE "C" NOT NULL REFERENCES hosts (name),
    fetched_at  timestamptz NOT NULL,
    body        bytea,
    unreachable text
);

CREATE INDEX robots_of_host ON robots (host);

-- What a source was asked on a day (UTC).
CREATE TABLE source_days (
    source_id text COLLATE "C" NOT NULL REFERENCES sources (id),
    day       date NOT NULL,
    requests  bigint NOT NULL,
    bytes     bigint NOT NULL,
    PRIMARY KEY (source_id, day)
);

DROP INDEX urls_due;
DROP INDEX urls_leased;
ALTER TABLE urls DROP COLUMN lease_worker;
ALTER TABLE urls DROP COLUMN lease_until;
ALTER TABLE urls DROP COLUMN lease_epoch;
ALTER TABLE urls ADD COLUMN kind text NOT NULL DEFAULT 'page' CHECK (kind IN ('page', 'sitemap', 'feed'));
ALTER TABLE urls ADD COLUMN redirects bigint NOT NULL DEFAULT 0;
-- Seconds that lay between its last visits by plan.
ALTER TABLE urls ADD COLUMN interval_s bigint;

CREATE INDEX urls_due ON urls (source_id, host, priority DESC, due_at, id) WHERE state = 'due';

ALTER TABLE visits ADD COLUMN requests bigint NOT NULL DEFAULT 0;
ALTER TABLE visits ADD COLUMN bytes bigint NOT NULL DEFAULT 0;
-- Offers found on a page that was read for offers; NULL: it was not read.
ALTER TABLE visits ADD COLUMN offers bigint;

-- What a crawl has brought so far is counted as it comes: every claim of a host asks for it.
ALTER TABLE crawls ADD COLUMN ended text;
ALTER TABLE crawls ADD COLUMN visits bigint NOT NULL DEFAULT 0;
ALTER TABLE crawls ADD COLUMN bytes bigint NOT NULL DEFAULT 0;
ALTER TABLE crawls ADD COLUMN pages_read bigint NOT NULL DEFAULT 0;
ALTER TABLE crawls ADD COLUMN offers_read bigint NOT NULL DEFAULT 0;
ALTER TABLE crawls ADD COLUMN fetched bigint NOT NULL DEFAULT 0;
ALTER TABLE crawls ADD COLUMN unchanged bigint NOT NULL DEFAULT 0;
ALTER TABLE crawls ADD COLUMN gone bigint NOT NULL DEFAULT 0;
ALTER TABLE crawls ADD COLUMN failed bigint NOT NULL DEFAULT 0;
ALTER TABLE crawls ADD COLUMN disallowed bigint NOT NULL DEFAULT 0;
ALTER TABLE crawls ADD COLUMN refused bigint NOT NULL DEFAULT 0;
ALTER TABLE crawls ADD COLUMN redirected bigint NOT NULL DEFAULT 0;
ALTER TABLE crawls ADD COLUMN observations_new bigint NOT NULL DEFAULT 0;
ALTER TABLE crawls ADD COLUMN observations_known bigint NOT NULL DEFAULT 0;
ALTER TABLE crawls ADD COLUMN rejections_new bigint NOT NULL DEFAULT 0;

CREATE INDEX crawls_by_source ON crawls (source_id, id);

INSERT INTO hosts (name) SELECT DISTINCT host FROM urls;
INSERT INTO source_hosts (source_id, host, ready_at)
SELECT source_id, host, min(due_at) FILTER (WHERE state = 'due') FROM urls GROUP BY source_id, host;

UPDATE crawls
SET visits = v.visits,
    fetched = v.fetched,
    unchanged = v.unchanged,
    gone = v.gone,
    failed = v.failed,
    disallowed = v.disallowed,
    refused = v.refused,
    redirected = v.redirected,
    observations_new = v.observations_new,
    observations_known = v.observations_known,
    rejections_new = v.rejections_new
FROM (
    SELECT
        crawl_id,
        count(*) AS visits,
        count(*) FILTER (WHERE outcome = 'fetched') AS fetched,
        count(*) FILTER (WHERE outcome = 'unchanged') AS unchanged,
        count(*) FILTER (WHERE outcome = 'gone') AS gone,
        count(*) FILTER (WHERE outcome = 'failed') AS failed,
        count(*) FILTER (WHERE outcome = 'disallowed') AS disallowed,
        count(*) FILTER (WHERE outcome = 'refused') AS refused,
        count(*) FILTER (WHERE outcome = 'redirected') AS redirected,
        sum(observations_new) AS observations_new,
        sum(observations_known) AS observations_known,
        sum(rejections_new) AS rejections_new
    FROM visits
    WHERE crawl_id IS NOT NULL
    GROUP BY crawl_id
) AS v
WHERE v.crawl_id = crawls.id;
