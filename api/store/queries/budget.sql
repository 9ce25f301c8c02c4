-- What a crawl has used of its budgets, with what running leases may still bring, in one statement:
-- read one after the other, a visit that is written in between would be counted in neither.
SELECT
    c.finished_at,
    c.visits,
    c.bytes,
    c.fetched,
    CAST(coalesce((
        SELECT sum(h.lease_given) FROM hosts h
        WHERE h.lease_worker IS NOT NULL AND h.lease_source = $2 AND h.lease_crawl = c.id
          AND h.lease_until > $3
    ), 0) AS bigint) AS given,
    CAST(coalesce((
        SELECT d.requests FROM source_days d WHERE d.source_id = $2 AND d.day = $4
    ), 0) AS bigint) AS requests,
    CAST(coalesce((
        SELECT sum(h.lease_requests) FROM hosts h
        WHERE h.lease_worker IS NOT NULL AND h.lease_source = $2 AND h.lease_until > $3
    ), 0) AS bigint) AS requests_given
FROM crawls c
WHERE c.id = $1
