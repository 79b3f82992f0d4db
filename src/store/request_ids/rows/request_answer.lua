-- response
if is_ours() then redis.call('HSET', row, 'response', arg(3), 'gateway', '') end
