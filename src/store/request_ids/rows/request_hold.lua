-- how long the lease is
if not is_ours() then return 0 end
redis.call('HSET', row, 'held_until', text(clock() + number(3)))
return 1
