-- user, instance, fields and values; gives the one that was there
local user, instance = arg(1), arg(2)
if redis.call('EXISTS', key('user', user)) == 0 then return redis.error_reply('ERR the user of the link is gone') end
local before = redis.call('HGETALL', key('link', user, instance))
redis.call('DEL', key('link', user, instance))
redis.call('HSET', key('link', user, instance), unpack(ARGV, 5))
redis.call('SADD', key('links_of', user), instance)
redis.call('ZADD', key('links'), 0, user .. '\n' .. instance)
return before
