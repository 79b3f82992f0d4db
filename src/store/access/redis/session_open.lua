-- id, user, token, most, now, how long it is kept, fields and values
local id, user, most, now = arg(1), arg(2), number(4), number(5)
if redis.call('EXISTS', key('user', user)) == 0 then return redis.error_reply('ERR the user of the session is gone') end
local ended = {}
for place, session in ipairs(living(user, now)) do
    if place >= most then
        close(session.id, now)
        ended[#ended + 1] = session.id
    end
end
redis.call('HSET', key('session', id), unpack(ARGV, 9))
redis.call('PEXPIRE', key('session', id), arg(6))
redis.call('SADD', key('sessions_of', user), id)
local session = times(id)
ends_at(id, math.min(session.idle, session.expires))
redis.call('HSET', key('refresh', arg(3)), 'session', id, 'used_at', '')
redis.call('PEXPIRE', key('refresh', arg(3)), arg(6))
return ended
