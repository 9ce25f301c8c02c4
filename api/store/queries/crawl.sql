SELECT * FROM crawls WHERE id = $1
