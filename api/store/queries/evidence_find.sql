-- Observations whose id or page hash lies between two texts. What was read from content comes before
-- what was only seen again.
SELECT
    id, original_id, source_id, site, page_url, captured_at, page_hash, archive_file, archive_offset,
    market, default_currency, language, url, name, seller, brand, model, gtin, hs, hs_witness,
    condition, level, kind, price_amount, currency, price_high, quantities, min_order, breaks,
    basis_low, basis_high, basis, origin, ships_to, availability, confidence, explain
FROM observations
WHERE id IN (
    SELECT id FROM observations WHERE id >= $1 AND id < $2
    UNION
    SELECT id FROM observations WHERE page_hash IS NOT NULL AND page_hash >= $1 AND page_hash < $2
)
ORDER BY CASE WHEN original_id IS NULL THEN 0 ELSE 1 END, captured_at, id
LIMIT $3
