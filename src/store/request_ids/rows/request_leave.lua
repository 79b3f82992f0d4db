if is_ours() then redis.call('HSET', row, 'gateway', '') end
