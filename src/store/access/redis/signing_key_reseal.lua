-- id, as it was, as it is to be
local kept = redis.call('HGET', key('signing_keys'), arg(1))
local made = kept and string.match(kept, '^(-?%d+:)')
if not made or string.sub(kept, #made + 1) ~= arg(2) then return 0 end
redis.call('HSET', key('signing_keys'), arg(1), made .. arg(3))
return 1
