SELECT base, quote, date, source, rate FROM rates WHERE date BETWEEN $1 AND $2
ORDER BY base, quote, date, source
