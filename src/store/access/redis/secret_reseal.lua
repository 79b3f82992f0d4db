-- name, as it was, as it is to be
if redis.call('HGET', key('secrets'), arg(1)) ~= arg(2) then return 0 end
redis.call('HSET', key('secrets'), arg(1), arg(3))
return 1
