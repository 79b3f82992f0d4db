-- id, user, now, most, fields and values
local id, user, now = arg(1), arg(2), number(3)
if redis.call('EXISTS', key('user', user)) == 0 then return redis.error_reply('ERR the user of the key is gone') end
local count = 0
for _, held in ipairs(redis.call('SMEMBERS', key('keys_of', user))) do
    local expires_at = redis.call('HGET', key('key', held), 'expires_at')
    -- Dead ones make room.
    if not expires_at or tonumber(expires_at) <= now then
        redis.call('DEL', key('key', held))
        redis.call('SREM', key('keys_of', user), held)
    else
        count = count + 1
    end
end
if count >= number(4) then return 0 end
redis.call('HSET', key('key', id), unpack(ARGV, 7))
redis.call('SADD', key('keys_of', user), id)
return 1
