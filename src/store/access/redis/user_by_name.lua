-- username
local id = redis.call('HGET', key('usernames'), arg(1))
if not id then return {} end
return redis.call('HGETALL', key('user', id))
