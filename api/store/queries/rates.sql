SELECT base, quote, date, source, rate, until FROM rates ORDER BY base, quote, date, source
