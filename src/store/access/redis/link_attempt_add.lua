-- key, user, now, when it expires, how long it is kept, most, fields and values
local id, user, now = arg(1), arg(2), arg(3)
if redis.call('EXISTS', key('user', user)) == 0 then return redis.error_reply('ERR the user of the link is gone') end
local all = key('link_attempts_of', user)
redis.call('HSET', key('link_attempt', id), unpack(ARGV, 9))
redis.call('PEXPIRE', key('link_attempt', id), arg(5))
redis.call('ZADD', all, arg(4), id)
redis.call('PEXPIRE', all, arg(5))
redis.call('ZREMRANGEBYSCORE', all, '-inf', now)
local over = redis.call('ZCARD', all) - number(6)
if over > 0 then
    for _, old in ipairs(redis.call('ZRANGE', all, 0, over - 1)) do
        redis.call('DEL', key('link_attempt', old))
        redis.call('ZREM', all, old)
    end
end
