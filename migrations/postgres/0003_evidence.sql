-- Evidence is looked up by the hash of a page, and proved in the order of archive files, so that each
-- is read once. Observations come in archive by archive, so the first of these grows at its end.
CREATE INDEX observations_by_archive ON observations (archive_file, archive_offset, id)
    WHERE archive_file IS NOT NULL;
CREATE INDEX observations_by_page ON observations (page_hash) WHERE page_hash IS NOT NULL;
