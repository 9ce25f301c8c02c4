-- Official customs rates hold for a period: NULL is a rate of one day, year 9999 one until replaced.
ALTER TABLE rates ADD COLUMN until TEXT;
