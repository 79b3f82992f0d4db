-- What scripts about sessions share.
local function times(id)
    local found = redis.call('HMGET', key('session', id), 'last_used_at', 'idle_expires_at', 'expires_at', 'revoked_at')
    if not found[1] then return nil end
    return {used = tonumber(found[1]), idle = tonumber(found[2]), expires = tonumber(found[3]), revoked = found[4] ~= ''}
end
local function lives(session, now) return not session.revoked and session.idle > now and session.expires > now end
local function ends_at(id, at) redis.call('ZADD', key('sessions'), at, id) end
-- Whether it had not ended before.
local function close(id, now)
    local session = times(id)
    if not session or session.revoked then return false end
    redis.call('HSET', key('session', id), 'revoked_at', text(now))
    ends_at(id, math.min(now, session.idle, session.expires))
    tell('credential ' .. id)
    return true
end
-- Of a user, the last used first; what is gone is forgotten.
local function living(user, now)
    local found = {}
    for _, id in ipairs(redis.call('SMEMBERS', key('sessions_of', user))) do
        local session = times(id)
        if not session then
            redis.call('SREM', key('sessions_of', user), id)
        elseif lives(session, now) then
            found[#found + 1] = {used = session.used, id = id}
        end
    end
    table.sort(found, function(one, other)
        if one.used ~= other.used then return one.used > other.used end
        return one.id < other.id
    end)
    return found
end
