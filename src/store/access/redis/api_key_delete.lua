-- id
local user = redis.call('HGET', key('key', arg(1)), 'user_id')
if not user then return 0 end
redis.call('DEL', key('key', arg(1)))
redis.call('SREM', key('keys_of', user), arg(1))
tell('credential ' .. arg(1))
return 1
