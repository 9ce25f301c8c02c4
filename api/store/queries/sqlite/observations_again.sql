-- Rows are [id, original_id, captured_at, captured_day, page_hash, archive_file, archive_offset]: the
-- original once more, as `observation_of_day` says.
INSERT INTO observations (
    id, original_id, source_id, site, page_url, captured_at, captured_day, page_hash,
    archive_file, archive_offset, market, default_currency, language, url, name, seller, brand,
    model, gtin, hs, hs6, hs_witness, condition, level, kind, price_amount, currency,
    price_high, quantities, min_order, breaks, basis_low, basis_high, basis, origin, ships_to,
    availability, confidence, explain, last_seen_at
)
SELECT
    r.value ->> 0, o.id, o.source_id, o.site, o.page_url, r.value ->> 2, r.value ->> 3, r.value ->> 4,
    coalesce(r.value ->> 5, o.archive_file),
    CASE WHEN r.value ->> 5 IS NULL THEN o.archive_offset ELSE r.value ->> 6 END,
    o.market, o.default_currency, o.language, o.url, o.name, o.seller, o.brand,
    o.model, o.gtin, o.hs, o.hs6, o.hs_witness, o.condition, o.level, o.kind, o.price_amount, o.currency,
    o.price_high, o.quantities, o.min_order, o.breaks, o.basis_low, o.basis_high, o.basis, o.origin,
    o.ships_to, o.availability, o.confidence, o.explain, r.value ->> 2
FROM json_each($1) AS r
CROSS JOIN observations o ON o.id = r.value ->> 1
WHERE true
ON CONFLICT (id) DO NOTHING
RETURNING id
