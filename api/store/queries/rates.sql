SELECT base, quote, date, source, rate FROM rates ORDER BY base, quote, date, source
