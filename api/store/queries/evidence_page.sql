-- One portion in the order of archive files, after the last row of the portion before.
SELECT
    id, original_id, source_id, site, page_url, captured_at, page_hash, archive_file, archive_offset,
    market, default_currency, language, url, name, seller, brand, model, gtin, hs, hs_witness,
    condition, level, kind, price_amount, currency, price_high, quantities, min_order, breaks,
    basis_low, basis_high, basis, origin, ships_to, availability, confidence, explain
FROM observations
WHERE archive_file IS NOT NULL
  AND (archive_file, archive_offset, id) > ($1, $2, $3)
  AND (CAST($4 AS text) IS NULL OR source_id = $4)
ORDER BY archive_file, archive_offset, id
LIMIT $5
