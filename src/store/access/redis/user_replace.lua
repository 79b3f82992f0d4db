-- id, roles, fields and values
if turn_lost() then return lost end
local id, user = arg(1), key('user', arg(1))
if redis.call('EXISTS', user) == 0 then return 0 end
local names = {'roles', 'disabled', 'must_change_password'}
local before = redis.call('HMGET', user, unpack(names))
for role in string.gmatch(before[1], '%S+') do redis.call('SREM', key('holders', role), id) end
for role in string.gmatch(arg(2), '%S+') do redis.call('SADD', key('holders', role), id) end
redis.call('HSET', user, unpack(ARGV, 5))
local after = redis.call('HMGET', user, unpack(names))
-- A new name or password changes nothing of what runs.
if table.concat(before, '\n') ~= table.concat(after, '\n') then tell('user ' .. id) end
return 1
