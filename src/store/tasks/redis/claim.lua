-- worker, now, until, most, then kinds; gives tasks, each with who had it and since when, or with nothing
local worker, now, till, most = arg(1), arg(2), arg(3), number(4)
local MOVED, LOOKED_AT = 1000, 1000
local claimed, kinds, top = {}, {}, {}
local function highest(kind) top[kind] = tonumber(redis.call('ZREVRANGE', key('task_ready', kind), 0, 0)[1]) end
local function stream_of(kind, priority) return key('task_stream', kind, text(priority)) end

local function move_due()
    local due = redis.call('ZRANGEBYSCORE', key('tasks_due'), '-inf', now, 'WITHSCORES', 'LIMIT', 0, MOVED)
    local gone = {}
    for place = 1, #due, 2 do
        local entered, priority, kind, id = string.match(due[place], '^(%d+)|(-?%d+)|([^|]*)|(.*)$')
        local stream = key('task_stream', kind, priority)
        if redis.call('SADD', key('task_streams'), stream) == 1 then redis.call('XGROUP', 'CREATE', stream, GROUP, '0', 'MKSTREAM') end
        redis.call('XADD', stream, '*', 'id', id, 'place', text(tonumber(entered)), 'due', due[place + 1])
        redis.call('ZADD', key('task_ready', kind), priority, priority)
        gone[#gone + 1] = due[place]
    end
    if #gone > 0 then redis.call('ZREM', key('tasks_due'), unpack(gone)) end
end

-- Those whose worker went away, the most urgent first.
local function lost()
    local found = {}
    for _, kind in ipairs(kinds) do
        local leases = redis.call('ZRANGEBYSCORE', key('task_leases', kind), '-inf', now, 'LIMIT', 0, LOOKED_AT)
        for _, lease in ipairs(leases) do
            local priority, id = string.match(lease, '^(-?%d+)|(.*)$')
            found[#found + 1] = {id = id, priority = tonumber(priority), order = #found}
        end
    end
    table.sort(found, function(one, other)
        if one.priority ~= other.priority then return one.priority > other.priority end
        return one.order < other.order
    end)
    return found
end

local function take(id, stream, entry, place)
    local state, known, had, since, due, attempts, fence, kind, priority, old_stream, old_entry = unpack(redis.call('HMGET', task(id),
        'state', 'place', 'worker', 'claimed_at', 'due_at', 'attempts', 'fence', 'kind', 'priority', 'stream', 'entry'))
    if place then
        if known ~= place or not is_waiting(state) then -- cancelled or moved since
            redis.call('XACK', stream, GROUP, entry)
            redis.call('XDEL', stream, entry)
            return
        end
        had, since = '', ''
    else
        stream, entry = old_stream, old_entry
        if entry ~= '' then redis.call('XCLAIM', stream, GROUP, worker, 0, entry, 'JUSTID') end
    end
    local revision = next_revision(id)
    redis.call('HSET', task(id), 'state', RUNNING, 'revision', text(revision), 'worker', worker, 'lease_until', till, 'claimed_at', now,
        'attempts', text(tonumber(attempts) + 1), 'fence', text(tonumber(fence) + 1), 'place', '', 'stream', stream, 'entry', entry)
    if state ~= RUNNING then
        redis.call('ZREM', key('tasks_in', kind, state), id)
        redis.call('ZADD', key('tasks_in', kind, RUNNING), due, id)
    end
    redis.call('ZADD', key('task_leases', kind), till, leased(priority, id))
    local fields = read(id)
    fields[#fields + 1] = had
    fields[#fields + 1] = since
    claimed[#claimed + 1] = fields
end

-- Since when the next one of a stream is due.
local function next_due(stream)
    for _, group in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
        for place = 1, #group, 2 do
            if group[place] == 'last-delivered-id' then
                local entry = redis.call('XRANGE', stream, '(' .. group[place + 1], '+', 'COUNT', 1)[1]
                if entry then return tonumber(entry[2][6]) end
            end
        end
    end
    return math.huge
end

-- The kind whose turn it is, and whether another one has as urgent work.
local function urgent()
    local best, due, rival
    for _, kind in ipairs(kinds) do
        if top[kind] and (not best or top[kind] > top[best]) then
            best, due, rival = kind, nil, false
        elseif top[kind] and top[kind] == top[best] then
            due = due or next_due(stream_of(best, top[best]))
            local other = next_due(stream_of(kind, top[kind]))
            rival = true
            if other < due then best, due = kind, other end
        end
    end
    return best, rival
end

for place = 7, #ARGV do kinds[#kinds + 1] = ARGV[place] end
move_due()
for _, kind in ipairs(kinds) do highest(kind) end
local gone, first, looked = lost(), 1, 0
while #claimed < most and looked < LOOKED_AT do
    looked = looked + 1
    local kind, rival = urgent()
    local one = gone[first]
    if one and (not kind or one.priority >= top[kind]) then
        first = first + 1
        take(one.id)
    elseif kind then
        local stream = stream_of(kind, top[kind])
        local wanted = (rival or one) and 1 or most - #claimed
        local found = redis.call('XREADGROUP', 'GROUP', GROUP, worker, 'COUNT', wanted, 'STREAMS', stream, '>')
        if found then
            for _, entry in ipairs(found[1][2]) do take(entry[2][2], stream, entry[1], entry[2][4]) end
        else
            redis.call('ZREM', key('task_ready', kind), text(top[kind]))
            highest(kind)
        end
    else
        break
    end
end
return claimed
