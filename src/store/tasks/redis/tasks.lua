-- What the scripts of tasks share. A task is a hash; where it waits is a stream for each kind and priority.
local RUNNING, GROUP = '2', 'gateways'
local function is_waiting(state) return state == '1' or state == '4' end
local function is_over(state) return state == '5' or state == '6' or state == '7' end
local function task(id) return key('task', id) end
local function of(owner, unique) return owner .. ' ' .. unique end
-- As the reader expects them; false: there is no such task.
local function read(id)
    local fields = redis.call('HMGET', task(id), 'message', 'state', 'revision', 'attempts', 'owner_id', 'key_id', 'due_at',
        'checkpoint', 'worker', 'lease_until', 'fence', 'claimed_at')
    return fields[1] and fields
end
local function next_revision(id)
    local revision = redis.call('INCR', key('task_revision'))
    redis.call('ZADD', key('tasks_changed'), revision, id)
    return revision
end
local function owes(owner) return tonumber(redis.call('HGET', key('task_owners'), owner) or '0') end
local function begin_owing(owner, unique, id)
    redis.call('HINCRBY', key('task_owners'), owner, 1)
    if unique ~= '' then redis.call('HSET', key('task_keys'), of(owner, unique), id) end
end
local function end_owing(owner, unique)
    if redis.call('HINCRBY', key('task_owners'), owner, -1) <= 0 then redis.call('HDEL', key('task_owners'), owner) end
    if unique ~= '' then redis.call('HDEL', key('task_keys'), of(owner, unique)) end
end
-- Equal times in the order of the places.
local function waiting(place, priority, kind, id) return string.format('%016.0f|%s|%s|%s', place, priority, kind, id) end
local function wait(place, priority, kind, id, due) redis.call('ZADD', key('tasks_due'), due, waiting(place, priority, kind, id)) end
local function leased(priority, id) return priority .. '|' .. id end
-- Its worker is done with it.
local function give_back(kind, priority, id, stream, entry)
    redis.call('ZREM', key('task_leases', kind), leased(priority, id))
    if entry ~= '' then
        redis.call('XACK', stream, GROUP, entry)
        redis.call('XDEL', stream, entry)
    end
end
-- Everything that is kept of it.
local function forget(id)
    local state, owner, unique, kind, priority, place, stream, entry = unpack(redis.call('HMGET', task(id), 'state', 'owner_id',
        'unique_key', 'kind', 'priority', 'place', 'stream', 'entry'))
    if not is_over(state) then end_owing(owner, unique) end
    if state == RUNNING then give_back(kind, priority, id, stream, entry) end
    if place ~= '' then redis.call('ZREM', key('tasks_due'), waiting(tonumber(place), priority, kind, id)) end
    redis.call('DEL', task(id))
    redis.call('ZREM', key('tasks_in', kind, state), id)
    redis.call('ZREM', key('tasks_of', owner), id)
    for _, index in ipairs({'tasks_born', 'tasks_changed', 'tasks_ended'}) do redis.call('ZREM', key(index), id) end
end
