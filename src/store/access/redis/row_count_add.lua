-- how long a day is kept, then for each: user, day, rows
local totals = {}
for place = 2, #ARGV - 2, 3 do
    local day = key('rows', arg(place + 1))
    totals[#totals + 1] = redis.call('HINCRBY', day, arg(place), arg(place + 2))
    redis.call('PEXPIRE', day, arg(1))
end
return totals
