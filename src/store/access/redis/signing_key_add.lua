-- id, value, those made before this are forgotten
local keys = redis.call('HGETALL', key('signing_keys'))
for place = 1, #keys, 2 do
    local created_at = string.match(keys[place + 1], '^(-?%d+):')
    if created_at and tonumber(created_at) < number(3) then redis.call('HDEL', key('signing_keys'), keys[place]) end
end
redis.call('HSET', key('signing_keys'), arg(1), arg(2))
tell('signing-keys')
