-- Everything known is due again but what is gone: that becomes due when a page links to it. A URL
-- is due since the moment planned for it, or since it was found: what a page budget left out the
-- last time comes before what it let in. With $3 only what is due by plan. Rows that are as they
-- should be are left alone: of a crawl with a budget that is most of them.
UPDATE urls
SET state = 'due',
    due_at = CASE WHEN due_at < $2 THEN due_at ELSE $2 END,
    attempts = 0
WHERE source_id = $1
  AND state <> 'gone'
  AND (state <> 'due' OR attempts > 0 OR due_at > $2)
  AND (state = 'due' OR due_at <= $2 OR NOT $3)
