-- name, role
if turn_lost() then return lost end
if redis.call('HEXISTS', key('roles'), arg(1)) == 0 then return 0 end
redis.call('HSET', key('roles'), arg(1), arg(2))
tell('roles')
return 1
