-- user, the one that stays, now
local ended = {}
for _, id in ipairs(redis.call('SMEMBERS', key('sessions_of', arg(1)))) do
    if id ~= arg(2) and close(id, number(3)) then ended[#ended + 1] = id end
end
return ended
