-- name
if turn_lost() then return lost end
local deleted = redis.call('HDEL', key('roles'), arg(1))
if deleted == 1 then tell('roles') end
return deleted
