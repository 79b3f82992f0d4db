-- the last sequence that may go, and how many may; how many went
local found = redis.call('XRANGE', key('audit'), '-', text(number(1)), 'COUNT', number(2))
local last = found[#found]
if not last then return 0 end
local sequence = tonumber(string.match(last[1], '^%d+'))
for place = 1, #last[2], 2 do
    if last[2][place] == 'hash' then
        redis.call('HSET', key('audit_anchor'), 'sequence', text(sequence), 'hash', last[2][place + 1])
    end
end
redis.call('XTRIM', key('audit'), 'MINID', text(sequence + 1))
return #found
