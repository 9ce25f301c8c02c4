-- Publishers correct themselves; a rate that stays the same is not written again.
INSERT INTO rates (base, quote, date, source, rate) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (base, quote, date, source) DO UPDATE SET rate = excluded.rate
WHERE rates.rate <> excluded.rate
