local counts = {}
for _, kind in ipairs(redis.call('SMEMBERS', key('task_kinds'))) do
    for state = 1, 7 do
        local index = key('tasks_in', kind, text(state))
        local count = redis.call('ZCARD', index)
        if count > 0 then
            counts[#counts + 1] = {kind, text(state), text(count), redis.call('ZRANGE', index, 0, 0, 'WITHSCORES')[2]}
        end
    end
end
return counts
