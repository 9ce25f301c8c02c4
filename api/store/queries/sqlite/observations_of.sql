-- The list of ids is a JSON array.
SELECT
    id, source_id, site, page_url, captured_at, page_hash, archive_file, archive_offset, market,
    default_currency, language, url, name, seller, brand, model, gtin, hs, hs_witness, condition,
    level, kind, price_amount, currency, price_high, quantities, min_order, breaks, basis_low,
    basis_high, basis, origin, ships_to, availability, confidence, explain
FROM observations
WHERE id IN (SELECT value FROM json_each($1))
