-- sequence and hash of the entry that is thought to be the last, then twelve values for each entry
local names = {'at', 'username', 'credential', 'method', 'outcome', 'instance', 'table', 'subject', 'request_id', 'address', 'acted_as', 'hash'}
local last = redis.call('XREVRANGE', key('audit'), '+', '-', 'COUNT', 1)[1]
local sequence, hash = 0, ''
if not last then
    local anchor = redis.call('HMGET', key('audit_anchor'), 'sequence', 'hash')
    if anchor[1] then sequence, hash = tonumber(anchor[1]), anchor[2] end
else
    sequence = tonumber(string.match(last[1], '^%d+'))
    for place = 1, #last[2], 2 do
        if last[2][place] == 'hash' then hash = last[2][place + 1] end
    end
end
if sequence ~= number(1) or (sequence > 0 and hash ~= arg(2)) then return {sequence, hash} end
for first = 5, #ARGV, #names do
    sequence = sequence + 1
    local entry = {}
    for place, name in ipairs(names) do
        entry[#entry + 1] = name
        entry[#entry + 1] = ARGV[first + place - 1]
    end
    redis.call('XADD', key('audit'), text(sequence) .. '-0', unpack(entry))
end
tell('audit ' .. text(sequence))
return false
