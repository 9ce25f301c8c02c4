SELECT * FROM observations WHERE id = $1
