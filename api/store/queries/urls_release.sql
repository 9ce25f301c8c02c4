UPDATE urls SET lease_worker = NULL, lease_until = NULL WHERE lease_worker = $1
