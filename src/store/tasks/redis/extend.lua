-- id, fence, until
local state, fence, kind, priority = unpack(redis.call('HMGET', task(arg(1)), 'state', 'fence', 'kind', 'priority'))
if state ~= RUNNING or fence ~= arg(2) then return 0 end
redis.call('HSET', task(arg(1)), 'lease_until', arg(3))
redis.call('ZADD', key('task_leases', kind), arg(3), leased(priority, arg(1)))
return 1
