-- index, 'before' or 'after', bound, most; gives tasks, each with its place in the index
local found
if arg(2) == 'before' then
    found = redis.call('ZREVRANGEBYSCORE', key(arg(1)), '(' .. arg(3), '-inf', 'WITHSCORES', 'LIMIT', 0, arg(4))
else
    found = redis.call('ZRANGEBYSCORE', key(arg(1)), '(' .. arg(3), '+inf', 'WITHSCORES', 'LIMIT', 0, arg(4))
end
local tasks = {}
for place = 1, #found, 2 do
    local fields = read(found[place])
    fields[#fields + 1] = text(tonumber(found[place + 1]))
    tasks[#tasks + 1] = fields
end
return tasks
