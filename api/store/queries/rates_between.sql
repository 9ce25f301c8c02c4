SELECT base, quote, date, source, rate, until FROM rates
WHERE date <= $2 AND (date >= $1 OR until >= $1)
ORDER BY base, quote, date, source
