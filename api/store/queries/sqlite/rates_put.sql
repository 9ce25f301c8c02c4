-- Rows are [base, quote, date, source, rate, until]. Publishers correct themselves; a rate that stays
-- the same is not written again.
INSERT INTO rates (base, quote, date, source, rate, until)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5
FROM json_each($1) WHERE true
ON CONFLICT (base, quote, date, source) DO UPDATE SET rate = excluded.rate, until = excluded.until
WHERE rates.rate <> excluded.rate OR rates.until IS NOT excluded.until
