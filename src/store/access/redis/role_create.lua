-- name, role
if turn_lost() then return lost end
return redis.call('HSETNX', key('roles'), arg(1), arg(2))
