-- user, instance; gives the one that was there
local user, instance = arg(1), arg(2)
local before = redis.call('HGETALL', key('link', user, instance))
redis.call('DEL', key('link', user, instance))
redis.call('SREM', key('links_of', user), instance)
redis.call('ZREM', key('links'), user .. '\n' .. instance)
return before
