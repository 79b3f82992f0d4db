-- token, successor, now, idle, grace
local token, successor = key('refresh', arg(1)), key('refresh', arg(2))
local now, idle, grace = number(3), number(4), number(5)
local found = redis.call('HMGET', token, 'session', 'used_at')
local id, used_at = found[1], found[2]
local session = id and times(id)
if not session then return {'unknown', {}} end
if session.revoked then return {'revoked', {}} end
local function whole(outcome) return {outcome, redis.call('HGETALL', key('session', id))} end
if used_at ~= '' then
    if redis.call('HGET', successor, 'used_at') == '' and now - tonumber(used_at) <= grace then return whole('repeated') end
    close(id, now)
    return whole('reused')
end
if not lives(session, now) then return {'expired', {}} end
local idle_expires_at = math.min(now + idle, session.expires)
redis.call('HSET', token, 'used_at', text(now))
redis.call('HSET', successor, 'session', id, 'used_at', '')
local left = redis.call('PTTL', key('session', id))
if left > 0 then redis.call('PEXPIRE', successor, left) end
redis.call('HSET', key('session', id), 'last_used_at', text(now), 'idle_expires_at', text(idle_expires_at))
ends_at(id, math.min(idle_expires_at, session.expires))
return whole('rotated')
