-- id, revision, state, priority, due_at, ended_at or nothing, worker, lease_until, attempts, checkpoint, message, most
-- unfinished ones of the owner, 1 where somebody asked the one that runs it for something
local id, state, priority, due = arg(1), arg(3), arg(4), arg(5)
local known, was, owner, unique, kind, old_priority, old_due, place, stream, entry = unpack(redis.call('HMGET', task(id),
    'revision', 'state', 'owner_id', 'unique_key', 'kind', 'priority', 'due_at', 'place', 'stream', 'entry'))
if known ~= arg(2) then return {'changed'} end
if is_over(was) and not is_over(state) then
    if unique ~= '' and redis.call('HEXISTS', key('task_keys'), of(owner, unique)) == 1 then return {'key_taken'} end
    if owes(owner) >= number(12) then return {'full'} end
    begin_owing(owner, unique, id)
    redis.call('ZREM', key('tasks_ended'), id)
elseif is_over(state) and not is_over(was) then
    end_owing(owner, unique)
end
if is_over(state) and arg(6) ~= '' then redis.call('ZADD', key('tasks_ended'), arg(6), id) end
local revision = next_revision(id)
if state ~= was then redis.call('ZREM', key('tasks_in', kind, was), id) end
if state ~= was or due ~= old_due then redis.call('ZADD', key('tasks_in', kind, state), due, id) end
if was == RUNNING and (state ~= RUNNING or priority ~= old_priority) then
    give_back(kind, old_priority, id, stream, state ~= RUNNING and entry or '')
end
if state == RUNNING then redis.call('ZADD', key('task_leases', kind), arg(8), leased(priority, id)) end
local stays = is_waiting(state) and due == old_due and priority == old_priority
if place ~= '' and not stays then
    redis.call('ZREM', key('tasks_due'), waiting(tonumber(place), old_priority, kind, id))
    place = '' -- what is in a stream with the old place counts no more
end
if is_waiting(state) and place == '' then
    place = text(revision)
    wait(revision, priority, kind, id, due)
end
redis.call('HSET', task(id), 'message', arg(11), 'state', state, 'revision', text(revision), 'attempts', arg(9), 'due_at', due,
    'checkpoint', arg(10), 'worker', arg(7), 'lease_until', arg(8), 'priority', priority, 'place', place)
if arg(13) == '1' then redis.call('PUBLISH', key('task_changes'), 'steered ' .. id) end
return {'done', text(revision)}
