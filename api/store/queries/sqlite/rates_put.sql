-- Rows are [base, quote, date, source, rate]. Publishers correct themselves; a rate that stays the
-- same is not written again.
INSERT INTO rates (base, quote, date, source, rate)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each($1) WHERE true
ON CONFLICT (base, quote, date, source) DO UPDATE SET rate = excluded.rate
WHERE rates.rate <> excluded.rate
