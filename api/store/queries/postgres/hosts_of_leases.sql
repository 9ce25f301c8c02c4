-- Locked until the transaction ends: no other worker leases a host while its last visits are written.
SELECT name, next_at, lease_epoch FROM hosts WHERE name = ANY ($1) ORDER BY name FOR NO KEY UPDATE
