-- Everything known is due again but what is gone: that becomes due when a page links to it.
UPDATE urls
SET state = 'due', due_at = $2, attempts = 0, lease_worker = NULL, lease_until = NULL
WHERE source_id = $1 AND state <> 'gone'
