INSERT INTO sources (id, name, market, text_hash, permission, contact, read_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (id) DO UPDATE SET
    name = excluded.name,
    market = excluded.market,
    text_hash = excluded.text_hash,
    permission = excluded.permission,
    contact = excluded.contact,
    read_at = excluded.read_at
