-- ended before, most, milliseconds after which a worker that has nothing is no worker any more
local ended = redis.call('ZRANGEBYSCORE', key('tasks_ended'), '-inf', '(' .. arg(1), 'LIMIT', 0, arg(2))
for _, id in ipairs(ended) do forget(id) end
for _, stream in ipairs(redis.call('SMEMBERS', key('task_streams'))) do
    for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', stream, GROUP)) do
        local facts = {}
        for place = 1, #consumer, 2 do facts[consumer[place]] = consumer[place + 1] end
        if facts.pending == 0 and facts.idle > number(3) then redis.call('XGROUP', 'DELCONSUMER', stream, GROUP, facts.name) end
    end
end
return #ended
