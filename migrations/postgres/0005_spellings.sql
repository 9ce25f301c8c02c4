-- The address that a page named as its own spelling when it was visited last, and that its offers are read
-- under. It stands in the database, so that whoever finds no page there can have this one read after all.
ALTER TABLE urls ADD COLUMN gave_way_to text COLLATE "C";

CREATE INDEX urls_gave_way ON urls (source_id, (md5(gave_way_to)::uuid)) WHERE gave_way_to IS NOT NULL;
