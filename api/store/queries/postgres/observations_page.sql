-- One portion in the order of ids, after the last id of the portion before.
SELECT
    id, source_id, site, page_url, captured_at, page_hash, archive_file, archive_offset, market,
    default_currency, language, url, name, seller, brand, model, gtin, hs, hs_witness, condition,
    level, kind, price_amount, currency, price_high, quantities, min_order, breaks, basis_low,
    basis_high, basis, origin, ships_to, availability, confidence, explain
FROM observations
WHERE id > $1
  AND ($2 IS NULL OR captured_day >= $2)
  AND ($3 IS NULL OR captured_day <= $3)
  AND ($4 IS NULL OR source_id = ANY ($4))
ORDER BY id
LIMIT $5
