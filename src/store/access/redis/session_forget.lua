-- before, how many
local found = redis.call('ZRANGEBYSCORE', key('sessions'), '-inf', '(' .. arg(1), 'LIMIT', 0, arg(2))
local forgotten = 0
for _, id in ipairs(found) do
    local user = redis.call('HGET', key('session', id), 'user_id')
    if user then redis.call('SREM', key('sessions_of', user), id) end
    forgotten = forgotten + redis.call('DEL', key('session', id))
    redis.call('ZREM', key('sessions'), id)
end
return {#found, forgotten}
