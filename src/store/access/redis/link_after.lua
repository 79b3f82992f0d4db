-- user, instance, how many
local found = {}
local after = '(' .. arg(1) .. '\n' .. arg(2)
for _, place in ipairs(redis.call('ZRANGEBYLEX', key('links'), after, '+', 'LIMIT', 0, number(3))) do
    local user, instance = string.match(place, '^(.*)\n(.*)$')
    found[#found + 1] = redis.call('HGETALL', key('link', user, instance))
end
return found
