-- KEYS[1] is "{prefix}"; ARGV[1] the gateway that calls, ARGV[2] the turn that it has.
local base, origin, turn = KEYS[1], ARGV[1], ARGV[2]
local function arg(place) return ARGV[place + 2] end
local function number(place) return tonumber(ARGV[place + 2]) end
-- Lua would write a large number with an exponent.
local function text(value) return string.format('%.0f', value) end
local function key(...) return base .. ':' .. table.concat({...}, ':') end
-- All gateways hear it.
local function tell(notice) redis.call('PUBLISH', key('notices'), origin .. ' ' .. notice) end
-- A gateway whose turn is over must not write what it checked while it had it. Without a turn there is nothing to lose.
local function turn_lost() return turn ~= '' and redis.call('GET', key('turn')) ~= turn end
local lost = {err = 'TURNLOST another gateway has the turn'}
