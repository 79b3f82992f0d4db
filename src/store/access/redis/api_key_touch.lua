-- id, now
if redis.call('EXISTS', key('key', arg(1))) == 1 then redis.call('HSET', key('key', arg(1)), 'last_used_at', arg(2)) end
