-- name, the one that it is from now on where there is none
redis.call('HSETNX', key('secrets'), arg(1), arg(2))
return redis.call('HGET', key('secrets'), arg(1))
