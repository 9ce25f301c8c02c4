DELETE FROM tariff_moves WHERE from_edition = $1 AND to_edition = $2
