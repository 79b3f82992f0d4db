-- after, limit
local from = arg(1) == '' and '-' or '(' .. arg(1)
local found = {}
for _, username in ipairs(redis.call('ZRANGEBYLEX', key('users'), from, '+', 'LIMIT', 0, arg(2))) do
    local id = redis.call('HGET', key('usernames'), username)
    found[#found + 1] = redis.call('HGETALL', key('user', id))
end
return found
