-- What scripts about request ids share: the name and the number of the attempt come first.
local name, attempt, row = arg(1), arg(2), key('request', arg(1))
local function forget(other)
    redis.call('DEL', key('request', other))
    redis.call('ZREM', key('requests'), other)
end
-- By Redis's own clock, which all gateways share.
local function clock()
    local time = redis.call('TIME')
    return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
local function is_ours()
    local found = redis.call('HMGET', row, 'gateway', 'attempt')
    return found[1] == origin and found[2] == attempt
end
