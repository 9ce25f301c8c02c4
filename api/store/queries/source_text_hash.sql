SELECT text_hash FROM sources WHERE id = $1
