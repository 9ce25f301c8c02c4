SELECT from_edition, from_code, to_edition, to_code, note FROM tariff_moves
ORDER BY from_code, from_edition, to_edition, to_code
