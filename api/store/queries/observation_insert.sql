-- The same offer on the same day at the same price has the same id: it is not stored twice. A row
-- that comes back with the sightings handed in is new; one with more was known, on either database.
-- {rows} stands for the rows' parameters, of which no two have the same id.
INSERT INTO observations (
    id, source_id, site, page_url, captured_at, captured_day, page_hash,
    archive_file, archive_offset, market, default_currency, language, url, name, seller, brand,
    model, gtin, hs, hs6, hs_witness, condition, level, kind, price_amount, currency,
    price_high, quantities, min_order, breaks, basis_low, basis_high, basis, origin, ships_to,
    availability, confidence, explain, last_seen_at, sightings
)
VALUES {rows}
ON CONFLICT (id) DO UPDATE SET
    last_seen_at = CASE
        WHEN excluded.last_seen_at > observations.last_seen_at THEN excluded.last_seen_at
        ELSE observations.last_seen_at
    END,
    sightings = observations.sightings + excluded.sightings
RETURNING id, sightings
