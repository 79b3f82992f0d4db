-- id, owner_id, key_id, kind, state, priority, due_at, unique_key, checkpoint, message, most unfinished ones of the owner
local id, owner, kind, state, priority, due, unique = arg(1), arg(2), arg(4), arg(5), arg(6), arg(7), arg(8)
local known = read(id)
if not known and unique ~= '' then
    local holder = redis.call('HGET', key('task_keys'), of(owner, unique))
    known = holder and read(holder)
end
if known then
    table.insert(known, 1, 'exists')
    return known
end
if owes(owner) >= number(11) then return {'full'} end
local revision = next_revision(id)
local place = is_waiting(state) and text(revision) or ''
redis.call('HSET', task(id), 'message', arg(10), 'state', state, 'revision', text(revision), 'attempts', '0', 'owner_id', owner,
    'key_id', arg(3), 'due_at', due, 'checkpoint', arg(9), 'worker', '', 'lease_until', '0', 'fence', '0', 'claimed_at', '0',
    'kind', kind, 'priority', priority, 'unique_key', unique, 'place', place, 'stream', '', 'entry', '')
redis.call('ZADD', key('tasks_born'), revision, id)
redis.call('ZADD', key('tasks_of', owner), revision, id)
redis.call('ZADD', key('tasks_in', kind, state), due, id)
redis.call('SADD', key('task_kinds'), kind)
begin_owing(owner, unique, id)
if place ~= '' then wait(revision, priority, kind, id, due) end
return {'new', text(revision)}
