-- fingerprint, now, when it is over, how long it is kept, how long the lease is, the most, how many are swept
local fingerprint, now, most = arg(3), number(4), number(8)
local found = redis.call('HMGET', row, 'fingerprint', 'started', 'expires', 'response', 'gateway', 'held_until')
local held_until = text(clock() + number(7))
if found[1] then
    if found[5] ~= '' and found[5] ~= origin and tonumber(found[6]) > clock() then return {'elsewhere', ''} end
    if tonumber(found[3]) <= now then
        forget(name)
    elseif found[1] ~= fingerprint then
        return {'reused', ''}
    elseif found[4] then
        return {'answered', found[4]}
    else
        redis.call('HSET', row, 'gateway', origin, 'attempt', attempt, 'held_until', held_until)
        return {'again', found[2]}
    end
end
-- Those that are over make room, then, where there are too many, the oldest.
local full = redis.call('ZCARD', key('requests')) >= most
local until_when = full and '+inf' or arg(4)
for _, old in ipairs(redis.call('ZRANGEBYSCORE', key('requests'), '-inf', until_when, 'LIMIT', 0, arg(9))) do forget(old) end
redis.call('HSET', row, 'fingerprint', fingerprint, 'started', arg(4), 'expires', arg(5),
    'gateway', origin, 'attempt', attempt, 'held_until', held_until)
redis.call('PEXPIRE', row, arg(6))
redis.call('ZADD', key('requests'), arg(5), name)
return {'first', full and 'full' or ''}
