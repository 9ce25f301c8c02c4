-- Everything known is due again but what is gone: that becomes due when a page links to it. A URL
-- is due since it was last visited, or found: what a page budget left out the last time comes
-- before what it let in.
UPDATE urls
SET state = 'due',
    due_at = CASE WHEN due_at < $2 THEN due_at ELSE $2 END,
    attempts = 0,
    lease_worker = NULL,
    lease_until = NULL
WHERE source_id = $1 AND state <> 'gone'
