-- id, revision
if redis.call('HGET', task(arg(1)), 'revision') ~= arg(2) then return false end
forget(arg(1))
return text(redis.call('INCR', key('task_revision')))
