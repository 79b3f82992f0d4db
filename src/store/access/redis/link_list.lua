-- user
local found = {}
for _, instance in ipairs(redis.call('SMEMBERS', key('links_of', arg(1)))) do
    found[#found + 1] = redis.call('HGETALL', key('link', arg(1), instance))
end
return found
