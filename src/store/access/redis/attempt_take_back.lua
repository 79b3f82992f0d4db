-- subject
local subject = key('failures', arg(1))
local count = redis.call('HGET', subject, 'count')
if count and tonumber(count) > 0 then redis.call('HINCRBY', subject, 'count', -1) end
