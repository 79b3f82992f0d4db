-- key
local found = redis.call('HGETALL', key('link_attempt', arg(1)))
local user = redis.call('HGET', key('link_attempt', arg(1)), 'user_id')
if user then redis.call('ZREM', key('link_attempts_of', user), arg(1)) end
redis.call('DEL', key('link_attempt', arg(1)))
return found
