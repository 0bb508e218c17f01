/**
 * The limiter's scripts. Time is Redis' own, in milliseconds. One budget is a hash at `{prefix}:limit:NAME`:
 * - `tat`: when the slot after the last one begins, as in GCRA; callers take slots ahead and sleep until theirs.
 * - `seq`: calls let through so far. `epoch`: grows when those who wait for a slot far ahead must ask again.
 * - `ceiling`, `drop`, `event`, `streak`: the share of the rate at the last throttle, how far it fell, `seq` at that time,
 *   and how many came one after the other.
 * - `paused`: nobody goes before. `left`, `until`: what the provider said it has left, less what went since, and until when.
 * - `said`, `throttles`, `minute`, `calls`, `before`: for those who look.
 * Beside it `:log`, the slots of the last window, `:open`, calls that hold a slot or are on their way, `:day`, calls by hour.
 */
const BUDGET = `
local IDLE, HOUR, LOST = 600000, 3600000, 300000
local function clock()
  local t = redis.call('TIME')
  return t[1] * 1000 + t[2] / 1000
end
local function read(prefix, name)
  local key = prefix .. ':limit:' .. name
  local v = redis.call('HMGET', key, 'tat', 'seq', 'epoch', 'ceiling', 'drop', 'event', 'paused', 'left', 'until',
    'minute', 'calls', 'before', 'said_seq', 'streak')
  local function n(i) return tonumber(v[i]) or 0 end
  return { key = key, name = name, log = key .. ':log', open = key .. ':open', day = key .. ':day',
    tat = n(1), seq = n(2), epoch = n(3), ceiling = tonumber(v[4]), drop = n(5), event = n(6), paused = n(7),
    left = n(8), fresh = n(9), minute = n(10), calls = n(11), before = n(12), said = n(13), streak = n(14) }
end
local function keep(b, now)
  redis.call('PEXPIRE', b.key, math.ceil(math.max(IDLE, b.paused - now + 60000)))
end
`

/**
 * The share of the rate that is used after a throttle: it falls below what it was, comes back to it within some calls,
 * stays about there, and then tries for more, faster and faster (CUBIC's curve, over calls rather than time, so that it
 * is the same for a budget of one call a second and one of a hundred). The provider's fresh word on what is left makes
 * guessing needless.
 */
const SHARE = `
local CALM, LEAST = 250, 0.05
local function share(b, now)
  if not b.ceiling or b.fresh > now then return 1 end
  local x = (b.seq - b.event) / CALM - 1
  return math.min(1, math.max(LEAST, b.ceiling * (1 + b.drop * x * x * x)))
end
`

/** Takes back the slots further ahead than those who hold them will go for without asking. */
const RECALL = `
local function recall(b, now, ahead)
  redis.call('ZREMRANGEBYSCORE', b.log, now + ahead, '+inf')
  redis.call('HSET', b.key, 'epoch', b.epoch + 1, 'tat', math.min(b.tat, now + ahead))
end
`

export const LIMITER_SCRIPTS = {
  /**
   * ARGV: prefix, longest wait, then of each budget: name, interval between calls, burst, window with its guard or 0, calls
   * in a window, calls a day or 0, and the interval of the others' calls or 0.
   * Gives the wait and the time of the slot, then `seq` and `epoch` of each budget; or only a negative wait: no slot taken.
   */
  acquire: `${BUDGET}${SHARE}
local now, longest = clock(), tonumber(ARGV[2])
local at, found = now, {}
for i = 3, #ARGV, 7 do
  local b = read(ARGV[1], ARGV[i])
  local s = share(b, now)
  local burst = math.max(1, tonumber(ARGV[i + 2]) * s)
  b.interval, b.window, b.daily = tonumber(ARGV[i + 1]) / s, tonumber(ARGV[i + 3]), tonumber(ARGV[i + 5])
  -- A clock that was set back must not make anybody wait for the time it had reached.
  b.tat = math.min(b.tat, math.max(now, b.paused) + longest + (burst + 1) * b.interval)
  local mine = math.max(now, b.paused, b.tat - (burst - 1) * b.interval)
  if b.window > 0 then
    redis.call('ZREMRANGEBYSCORE', b.log, '-inf', now - b.window)
    redis.call('ZREMRANGEBYSCORE', b.log, now + longest + 60000, '+inf')
    redis.call('ZREMRANGEBYSCORE', b.open, '-inf', now - LOST)
    -- A call that is on its way longer than a window may still come into this one.
    local late = redis.call('ZCOUNT', b.open, '-inf', now - b.window)
    local n = math.max(1, math.floor(tonumber(ARGV[i + 4]) * s) - late)
    local nth = redis.call('ZREVRANGE', b.log, n - 1, n - 1, 'WITHSCORES')[2]
    if nth then mine = math.max(mine, tonumber(nth) + b.window) end
  end
  if b.fresh > now then
    local others = tonumber(ARGV[i + 6])
    if b.left < 1 then mine = math.max(mine, b.fresh)
    elseif others > 0 then mine = math.max(mine, b.fresh - (b.left - 1) * others) end
  end
  if b.daily > 0 then
    local hour, used, first = math.floor(now / HOUR), 0, nil
    local hours = redis.call('HGETALL', b.day)
    for j = 1, #hours, 2 do
      local h, count = tonumber(hours[j]), tonumber(hours[j + 1])
      if h <= hour - 25 then redis.call('HDEL', b.day, hours[j])
      elseif count > 0 then
        used = used + count
        first = math.min(first or h, h)
      end
    end
    if used >= b.daily then mine = math.max(mine, ((first or hour) + 25) * HOUR) end
  end
  b.mine = mine
  at = math.max(at, mine)
  table.insert(found, b)
end
if at - now > longest then return { tostring(now - at) } end
local answer = { tostring(at - now), string.format('%.3f', at) }
local minute = math.floor(now / 60000)
for _, b in ipairs(found) do
  local seq = b.seq + 1
  if b.minute ~= minute then
    b.before, b.calls = b.minute == minute - 1 and b.calls or 0, 0
    redis.call('ZREMRANGEBYSCORE', ARGV[1] .. ':limit:index', '-inf', now - IDLE)
    redis.call('ZADD', ARGV[1] .. ':limit:index', now, b.name)
  end
  local left = b.left
  if b.fresh > at then left = left - 1 end
  redis.call('HSET', b.key, 'tat', math.max(b.tat, b.mine) + b.interval, 'seq', seq, 'left', left,
    'minute', minute, 'calls', b.calls + 1, 'before', b.before)
  keep(b, now)
  if b.window > 0 then
    redis.call('ZADD', b.log, at, seq)
    redis.call('PEXPIRE', b.log, math.ceil(b.window + longest + 60000))
    redis.call('ZADD', b.open, at, seq)
    redis.call('PEXPIRE', b.open, LOST + longest)
  end
  if b.daily > 0 then
    redis.call('HINCRBY', b.day, math.floor(at / HOUR), 1)
    redis.call('PEXPIRE', b.day, 26 * HOUR)
  end
  redis.call('HINCRBY', ARGV[1] .. ':limit:totals', 'calls:' .. string.match(b.name, '^[^|]+'), 1)
  table.insert(answer, tostring(seq))
  table.insert(answer, tostring(b.epoch))
end
return answer
`,
  /** ARGV: prefix, then name and epoch of each budget. Whether the slot still counts. */
  holds: `
for i = 2, #ARGV, 2 do
  local epoch = redis.call('HGET', ARGV[1] .. ':limit:' .. ARGV[i], 'epoch') or '0'
  if tonumber(epoch) ~= tonumber(ARGV[i + 1]) then return 0 end
end
return 1
`,
  /** ARGV: prefix, time of the slot, then name, `seq`, interval and window of each budget. The call will not be made. */
  giveBack: `${BUDGET}
local now = clock()
for i = 3, #ARGV, 4 do
  local b = read(ARGV[1], ARGV[i])
  redis.call('ZREM', b.log, ARGV[i + 1])
  redis.call('ZREM', b.open, ARGV[i + 1])
  local hour = math.floor(tonumber(ARGV[2]) / HOUR)
  if tonumber(redis.call('HGET', b.day, hour) or 0) > 0 then redis.call('HINCRBY', b.day, hour, -1) end
  -- Slots taken after it stay where they are: only the last one can be taken again, save where the log watches over it.
  if b.seq == tonumber(ARGV[i + 1]) or tonumber(ARGV[i + 3]) > 0 then
    redis.call('HSET', b.key, 'tat', b.tat - tonumber(ARGV[i + 2]))
  end
  if b.calls > 0 then redis.call('HINCRBY', b.key, 'calls', -1) end
  if b.fresh > tonumber(ARGV[2]) then redis.call('HINCRBY', b.key, 'left', 1) end
  redis.call('HINCRBY', ARGV[1] .. ':limit:totals', 'calls:' .. string.match(b.name, '^[^|]+'), -1)
  keep(b, now)
end
return 1
`,
  /**
   * ARGV: prefix, provider, retry after, how far ahead slots are taken back, then name, epoch at the call and least pause
   * of each budget. All throttles of calls that were let through before the first one is known are one event.
   */
  throttled: `${BUDGET}${SHARE}${RECALL}
local now = clock()
for i = 5, #ARGV, 3 do
  local b = read(ARGV[1], ARGV[i])
  local pause = math.max(b.paused, now + tonumber(ARGV[3]))
  if b.epoch == tonumber(ARGV[i + 1]) then
    -- Where one attempt after the other is refused, the next one waits twice as long.
    local streak = b.ceiling and b.seq - b.event < 5 and math.min(b.streak + 1, 4) or 0
    pause = math.max(pause, now + tonumber(ARGV[i + 2]) * 2 ^ streak)
    if b.fresh <= now then
      -- One throttle in a hundred calls is an accident at the edge; more of them are a lower quota.
      local rare = not b.ceiling or b.seq - b.event >= 100
      redis.call('HSET', b.key, 'ceiling', share(b, now), 'drop', rare and 0.05 or 0.3, 'event', b.seq,
        'streak', streak)
    end
    recall(b, now, tonumber(ARGV[4]))
  end
  b.paused = pause
  redis.call('HSET', b.key, 'paused', pause, 'throttled_at', now)
  redis.call('HINCRBY', b.key, 'throttles', 1)
  redis.call('HINCRBY', ARGV[1] .. ':limit:totals', 'throttles:' .. string.match(b.name, '^[^|]+'), 1)
  keep(b, now)
end
redis.call('HINCRBY', ARGV[1] .. ':stats', 'throttled:' .. ARGV[2], 1)
return 1
`,
  /**
   * ARGV: prefix, remaining, resets after, how far ahead slots are taken back, then name and `seq` of each budget. What the
   * provider has left is told without the calls that were let through after this one, and those before it that have not been
   * answered; some of them it may have counted, and says so in the next answer.
   */
  report: `${BUDGET}${RECALL}
local now, remaining = clock(), tonumber(ARGV[2])
for i = 5, #ARGV, 2 do
  local b = read(ARGV[1], ARGV[i])
  local seq, fresh = tonumber(ARGV[i + 1]), now + tonumber(ARGV[3])
  local same = b.fresh > now
  if not same or seq >= b.said then
    -- It says whole seconds, rounded up: the earliest end that it named is the closest.
    if same then fresh = math.min(b.fresh, fresh) end
    local open = math.max(0, b.seq - seq)
    for _, other in ipairs(redis.call('ZRANGE', b.open, 0, -1)) do
      if tonumber(other) < seq then open = open + 1 end
    end
    redis.call('HSET', b.key, 'left', remaining - open, 'until', fresh, 'said', remaining,
      'said_seq', seq, 'said_at', now)
    local ahead = now + tonumber(ARGV[4])
    if remaining == 0 and ahead < fresh and redis.call('ZCOUNT', b.log, ahead, '(' .. fresh) > 0 then
      recall(b, now, tonumber(ARGV[4]))
    end
    keep(b, now)
  end
end
return 1
`,
  /**
   * ARGV: prefix, then name, `seq` and guard of each budget that has a window. The call has been answered. It may have
   * reached the provider at any time since its slot: where that is long and the provider says nothing, now counts.
   */
  answered: `${BUDGET}
local now = clock()
for i = 2, #ARGV, 3 do
  local b = read(ARGV[1], ARGV[i])
  local at = tonumber(redis.call('ZSCORE', b.open, ARGV[i + 1]) or now)
  redis.call('ZREM', b.open, ARGV[i + 1])
  if b.fresh <= now and now - at > tonumber(ARGV[i + 2]) then
    redis.call('ZADD', b.log, now, ARGV[i + 1])
    redis.call('PEXPIRE', b.log, IDLE)
  end
end
return 1
`,
  /**
   * ARGV: prefix, then names. Of each budget that is there: its place among the names, share of the rate, calls in about
   * the last minute and in the last day, when it goes on, what the provider said and when, throttles, the last one's time.
   */
  look: `${BUDGET}${SHARE}
local now, answer = clock(), {}
local minute, past = math.floor(now / 60000), now % 60000 / 60000
for i = 2, #ARGV do
  local b = read(ARGV[1], ARGV[i])
  if b.seq > 0 then
    local recent = 0
    if b.minute == minute then recent = b.calls + b.before * (1 - past)
    elseif b.minute == minute - 1 then recent = b.calls * (1 - past) end
    local day, hours = 0, redis.call('HGETALL', b.day)
    for j = 1, #hours, 2 do
      if tonumber(hours[j]) > math.floor(now / HOUR) - 25 then day = day + tonumber(hours[j + 1]) end
    end
    local more = redis.call('HMGET', b.key, 'said', 'said_at', 'throttles', 'throttled_at')
    table.insert(answer, { i - 2, tostring(share(b, now)), math.floor(recent + 0.5), day,
      math.floor(b.paused > now and b.paused or 0), tonumber(more[1]) or -1, math.floor(tonumber(more[2]) or 0),
      tonumber(more[3]) or 0, math.floor(tonumber(more[4]) or 0) })
  end
end
return answer
`,
} as const
