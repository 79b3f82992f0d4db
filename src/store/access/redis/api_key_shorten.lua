-- id, when it ends
local found = key('key', arg(1))
local expires_at = redis.call('HGET', found, 'expires_at')
if not expires_at then return 0 end
if number(2) < tonumber(expires_at) then
    redis.call('HSET', found, 'expires_at', arg(2))
    tell('credential ' .. arg(1))
end
return 1
