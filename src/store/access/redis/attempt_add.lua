-- subject, now, those before this no longer count, how long it is kept
local subject = key('failures', arg(1))
for _, old in ipairs(redis.call('ZRANGEBYSCORE', key('failures'), '-inf', '(' .. arg(3), 'LIMIT', 0, 100)) do
    redis.call('DEL', key('failures', old))
    redis.call('ZREM', key('failures'), old)
end
local last_at = redis.call('HGET', subject, 'last_at')
if last_at and tonumber(last_at) < number(3) then redis.call('DEL', subject) end
local count = redis.call('HINCRBY', subject, 'count', 1)
redis.call('HSET', subject, 'last_at', arg(2))
redis.call('PEXPIRE', subject, arg(4))
redis.call('ZADD', key('failures'), arg(2), arg(1))
return {count, number(2)}
