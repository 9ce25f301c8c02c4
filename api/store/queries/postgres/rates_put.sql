-- Rows are [base, quote, date, source, rate, until]. Publishers correct themselves; a rate that stays
-- the same is not written again.
INSERT INTO rates (base, quote, date, source, rate, until)
SELECT v ->> 0, v ->> 1, (v ->> 2)::date, v ->> 3, v ->> 4, (v ->> 5)::date
FROM jsonb_array_elements($1::jsonb) AS r (v)
ON CONFLICT (base, quote, date, source) DO UPDATE SET rate = excluded.rate, until = excluded.until
WHERE rates.rate <> excluded.rate OR rates.until IS DISTINCT FROM excluded.until
