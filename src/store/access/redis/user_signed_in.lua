-- id, when
local user = key('user', arg(1))
if redis.call('EXISTS', user) == 0 then return {} end
redis.call('HSET', user, 'last_login_at', arg(2))
return redis.call('HGETALL', user)
