-- subject
redis.call('DEL', key('failures', arg(1)))
redis.call('ZREM', key('failures'), arg(1))
