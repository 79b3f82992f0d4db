-- user, now
local found = {}
for _, session in ipairs(living(arg(1), number(2))) do found[#found + 1] = redis.call('HGETALL', key('session', session.id)) end
return found
