SELECT name, next_at, delay_ms, lease_epoch, failures, latency_ms FROM hosts WHERE lease_worker = $1
ORDER BY name
FOR NO KEY UPDATE
