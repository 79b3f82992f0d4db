-- user
local found = {}
for _, id in ipairs(redis.call('SMEMBERS', key('keys_of', arg(1)))) do found[#found + 1] = redis.call('HGETALL', key('key', id)) end
return found
