-- user, instance, id, the version before, fields and values
local link = key('link', arg(1), arg(2))
local kept = redis.call('HMGET', link, 'id', 'version')
if kept[1] ~= arg(3) or kept[2] ~= arg(4) then return 0 end
redis.call('HSET', link, unpack(ARGV, 7))
return 1
