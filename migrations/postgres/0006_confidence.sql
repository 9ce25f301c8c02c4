-- How far the reading of an offer can be trusted, in thousandths; NULL where whoever states the offer
-- states it in fields of their own (a list, a feed, an interface), and for what was read before.
ALTER TABLE observations ADD COLUMN confidence bigint CHECK (confidence BETWEEN 0 AND 1000);
