-- id, username, roles, fields and values
if turn_lost() then return lost end
local id, username = arg(1), arg(2)
if redis.call('EXISTS', key('user', id)) == 1 then return 0 end
if redis.call('HSETNX', key('usernames'), username, id) == 0 then return 0 end
redis.call('ZADD', key('users'), 0, username)
for role in string.gmatch(arg(3), '%S+') do redis.call('SADD', key('holders', role), id) end
redis.call('HSET', key('user', id), unpack(ARGV, 6))
return 1
