-- The same offer on the same day at the same price has the same id: it is not stored twice. The
-- number of sightings returned tells a new row (1) from a known one, on either database.
INSERT INTO observations (
    id, original_id, source_id, site, page_url, captured_at, captured_day, page_hash,
    archive_file, archive_offset, market, default_currency, language, url, name, seller, brand,
    model, gtin, hs, hs6, hs_witness, condition, level, kind, price_amount, currency,
    price_high, quantities, min_order, breaks, basis_low, basis_high, basis, origin, ships_to,
    availability, explain, last_seen_at
)
VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
    $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38,
    $39
)
ON CONFLICT (id) DO UPDATE SET
    last_seen_at = CASE
        WHEN excluded.last_seen_at > observations.last_seen_at THEN excluded.last_seen_at
        ELSE observations.last_seen_at
    END,
    sightings = observations.sightings + 1
RETURNING sightings
