if redis.call('GET', key('turn')) == arg(1) then redis.call('DEL', key('turn')) end
