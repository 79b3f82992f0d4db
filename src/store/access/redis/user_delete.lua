-- id
if turn_lost() then return lost end
local id, user = arg(1), key('user', arg(1))
local found = redis.call('HMGET', user, 'username', 'roles')
if not found[1] then return 0 end
redis.call('HDEL', key('usernames'), found[1])
redis.call('ZREM', key('users'), found[1])
for role in string.gmatch(found[2], '%S+') do redis.call('SREM', key('holders', role), id) end
for _, session in ipairs(redis.call('SMEMBERS', key('sessions_of', id))) do
    redis.call('DEL', key('session', session))
    redis.call('ZREM', key('sessions'), session)
end
for _, held in ipairs(redis.call('SMEMBERS', key('keys_of', id))) do redis.call('DEL', key('key', held)) end
for _, instance in ipairs(redis.call('SMEMBERS', key('links_of', id))) do
    redis.call('DEL', key('link', id, instance))
    redis.call('ZREM', key('links'), id .. '\n' .. instance)
end
for _, attempt in ipairs(redis.call('ZRANGE', key('link_attempts_of', id), 0, -1)) do redis.call('DEL', key('link_attempt', attempt)) end
redis.call('DEL', user, key('sessions_of', id), key('keys_of', id), key('links_of', id), key('link_attempts_of', id))
tell('user ' .. id)
return 1
