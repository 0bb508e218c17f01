/**
 * The limiter's scripts. Time is Redis' own, in milliseconds. A budget's name is `LIMIT|VALUES`. All budgets with the same
 * values, such as those of one account and region, are in one hash at `{prefix}:budgets:VALUES`, each as one packed value
 * under the name of its limit: an account has one for each operation and region. A budget is:
 * - `tat`: when the slot after the last one begins, as in GCRA; callers take slots ahead and sleep until theirs.
 * - `seq`: calls let through so far. `epoch`: grows when those who wait for a slot far ahead must ask again.
 * - `ceiling`, `drop`, `event`, `streak`: the share of the rate at the last throttle (0: there was none), how far it fell,
 *   `seq` at that time, and how many came one after the other.
 * - `paused`: nobody goes before. `left`, `fresh`: what the provider said it has left, less what went since, and until when.
 * - `minute`, `calls`, `before`, `throttles`, `throttled_at`, `said`, `said_at`: for those who look. `said_seq`: of the call
 *   that the provider's word came with.
 * Beside it, at `{prefix}:limit:NAME`, `:log`, the slots of the last window, `:open`, calls that hold a slot or are on their
 * way, `:day`, calls by hour.
 */
const BUDGET = `
local IDLE, HOUR, PATIENT = 600000, 3600000, 300000
-- Those that most budgets have come first: zeros at the end are not kept.
local FIELDS = { 'tat', 'minute', 'seq', 'calls', 'before', 'epoch', 'paused', 'ceiling', 'drop', 'event', 'streak',
  'throttles', 'throttled_at', 'left', 'fresh', 'said', 'said_seq', 'said_at' }
local function clock()
  local t = redis.call('TIME')
  return t[1] * 1000 + t[2] / 1000
end
-- The last moment that a budget has to do with.
local function until_when(b) return math.max(b.minute * 60000, b.tat, b.paused, b.fresh) end
local function budget(prefix, limit, holder, packed, now)
  local name = limit .. '|' .. holder
  local key = prefix .. ':limit:' .. name
  local b = { limit = limit, holder = holder, hash = prefix .. ':budgets:' .. holder, log = key .. ':log',
    open = key .. ':open', day = key .. ':day' }
  local values = packed and cmsgpack.unpack(packed) or {}
  for i, field in ipairs(FIELDS) do b[field] = values[i] or 0 end
  -- One that nobody uses is forgotten, also where another one keeps the hash. And one that was used in time to come is of a
  -- clock that was set back: nobody waits for what it had reached. Its calls keep their numbers, which the log knows them by.
  local is_ahead, seq, epoch = b.minute * 60000 > now + 60000, b.seq, b.epoch
  if is_ahead or until_when(b) + IDLE < now then
    for _, field in ipairs(FIELDS) do b[field] = 0 end
  end
  if is_ahead then b.seq, b.epoch, b.is_ahead = seq, epoch + 1, true end
  return b
end
local function read(prefix, name, now)
  local limit, holder = string.match(name, '^([^|]*)|?(.*)$')
  return budget(prefix, limit, holder, redis.call('HGET', prefix .. ':budgets:' .. holder, limit), now)
end
local function save(b, now)
  local values, last = {}, 0
  for i, field in ipairs(FIELDS) do
    values[i] = b[field]
    if values[i] ~= 0 then last = i end
  end
  for i = last + 1, #FIELDS do values[i] = nil end
  redis.call('HSET', b.hash, b.limit, cmsgpack.pack(values))
  local life = math.ceil(math.min(math.max(0, until_when(b) - now), 24 * HOUR)) + IDLE
  if redis.call('PTTL', b.hash) < life then redis.call('PEXPIRE', b.hash, life) end
end
`

/**
 * The share of the rate that is used after a throttle: it falls below what it was, comes back to it within some calls,
 * stays about there, and then tries for more, faster and faster (CUBIC's curve, over calls rather than time, so that it
 * is the same for a budget of one call a second and one of a hundred). The provider's fresh word on what is left makes
 * guessing needless.
 */
const SHARE = `
local CALM, LEAST = 400, 0.05
local function share(b, now)
  if b.ceiling == 0 or b.fresh > now then return 1 end
  local x = (b.seq - b.event) / CALM - 1
  return math.min(1, math.max(LEAST, b.ceiling * (1 + b.drop * x * x * x)))
end
`

/** Takes back the slots further ahead than those who hold them will go for without asking. */
const RECALL = `
local function recall(b, now, ahead)
  redis.call('ZREMRANGEBYSCORE', b.log, now + ahead, '+inf')
  b.epoch, b.tat = b.epoch + 1, math.min(b.tat, now + ahead)
end
`

/** Counts a call of a limit. What is given back stands for the next one: a total that fell would look as if it began anew. */
const COUNT = `
local function count(prefix, limit)
  local totals, unused = prefix .. ':limit:totals', 'unused:' .. limit
  if tonumber(redis.call('HGET', totals, unused) or 0) > 0 then redis.call('HINCRBY', totals, unused, -1)
  else redis.call('HINCRBY', totals, 'calls:' .. limit, 1) end
end
`

export const LIMITER_SCRIPTS = {
  /**
   * ARGV: prefix, longest wait, longest call (one that is not answered then was a worker's that died), then of each budget: name, interval between calls, burst, window with its guard or 0, calls
   * in a window, calls a day or 0, and the interval of the others' calls or 0.
   * Gives the wait and the time of the slot, then `seq` and `epoch` of each budget; or only a negative wait: no slot taken.
   */
  acquire: `${BUDGET}${SHARE}${COUNT}
local now, longest, lost = clock(), tonumber(ARGV[2]), tonumber(ARGV[3])
-- Nobody has a slot further ahead, whoever asks: a check waits longer for one than a task.
local furthest = math.max(longest, PATIENT) + 60000
local at, found = now, {}
for i = 4, #ARGV, 7 do
  local b = read(ARGV[1], ARGV[i], now)
  local s = share(b, now)
  local burst = math.max(1, tonumber(ARGV[i + 2]) * s)
  b.interval, b.window, b.daily = tonumber(ARGV[i + 1]) / s, tonumber(ARGV[i + 3]), tonumber(ARGV[i + 5])
  local mine = math.max(now, b.paused, b.tat - (burst - 1) * b.interval)
  if b.window > 0 then
    if b.is_ahead then
      -- Calls of time to come were made: as if all of them were made now, one window is waited for.
      for _, log in ipairs({ b.log, b.open }) do
        for _, id in ipairs(redis.call('ZRANGEBYSCORE', log, '(' .. now, '+inf')) do redis.call('ZADD', log, now, id) end
      end
    end
    redis.call('ZREMRANGEBYSCORE', b.log, '-inf', now - b.window)
    redis.call('ZREMRANGEBYSCORE', b.log, now + furthest, '+inf')
    redis.call('ZREMRANGEBYSCORE', b.open, '-inf', now - lost)
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
    b.before, b.calls, b.minute = b.minute == minute - 1 and b.calls or 0, 0, minute
    local index = ARGV[1] .. ':limit:index'
    redis.call('ZREMRANGEBYSCORE', index, '-inf', now - IDLE)
    redis.call('ZADD', index, now, b.holder)
    redis.call('PEXPIRE', index, IDLE)
  end
  if b.fresh > at then b.left = b.left - 1 end
  b.tat, b.seq, b.calls = math.max(b.tat, b.mine) + b.interval, seq, b.calls + 1
  save(b, now)
  if b.window > 0 then
    redis.call('ZADD', b.log, at, seq)
    redis.call('PEXPIRE', b.log, math.ceil(b.window + furthest))
    redis.call('ZADD', b.open, at, seq)
    redis.call('PEXPIRE', b.open, math.ceil(lost + furthest))
  end
  if b.daily > 0 then
    redis.call('HINCRBY', b.day, math.floor(at / HOUR), 1)
    redis.call('PEXPIRE', b.day, 26 * HOUR)
  end
  count(ARGV[1], b.limit)
  table.insert(answer, tostring(seq))
  table.insert(answer, tostring(b.epoch))
end
return answer
`,
  /** ARGV: prefix, then name and epoch of each budget. Whether the slot still counts. */
  holds: `${BUDGET}
local now = clock()
for i = 2, #ARGV, 2 do
  if read(ARGV[1], ARGV[i], now).epoch ~= tonumber(ARGV[i + 1]) then return 0 end
end
return 1
`,
  /**
   * ARGV: prefix, time of the slot, then name, `seq`, window without its guard and calls in a window of each budget that
   * has windows. The caller is late: its slots move to now, unless those taken after them would then be too many.
   */
  move: `${BUDGET}
local now = clock()
for i = 3, #ARGV, 4 do
  local b = read(ARGV[1], ARGV[i], now)
  local behind = redis.call('ZCOUNT', b.log, '(' .. ARGV[2], now + tonumber(ARGV[i + 2]))
  if behind >= tonumber(ARGV[i + 3]) then return 0 end
end
for i = 3, #ARGV, 4 do
  local b = read(ARGV[1], ARGV[i], now)
  redis.call('ZADD', b.log, now, ARGV[i + 1])
  redis.call('ZADD', b.open, 'XX', now, ARGV[i + 1])
end
return 1
`,
  /** ARGV: prefix, time of the slot, then name, `seq`, interval and window of each budget. The call will not be made. */
  giveBack: `${BUDGET}
local now = clock()
for i = 3, #ARGV, 4 do
  local b = read(ARGV[1], ARGV[i], now)
  redis.call('ZREM', b.log, ARGV[i + 1])
  redis.call('ZREM', b.open, ARGV[i + 1])
  local hour = math.floor(tonumber(ARGV[2]) / HOUR)
  if tonumber(redis.call('HGET', b.day, hour) or 0) > 0 then redis.call('HINCRBY', b.day, hour, -1) end
  -- Slots taken after it stay where they are: only the last one can be taken again, save where the log watches over it.
  if b.seq == tonumber(ARGV[i + 1]) or tonumber(ARGV[i + 3]) > 0 then
    b.tat = b.tat - tonumber(ARGV[i + 2])
  end
  if b.calls > 0 then b.calls = b.calls - 1 end
  if b.fresh > tonumber(ARGV[2]) then b.left = b.left + 1 end
  redis.call('HINCRBY', ARGV[1] .. ':limit:totals', 'unused:' .. b.limit, 1)
  save(b, now)
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
  local b = read(ARGV[1], ARGV[i], now)
  local pause = math.max(b.paused, now + tonumber(ARGV[3]))
  if b.epoch == tonumber(ARGV[i + 1]) then
    -- Where one attempt after the other is refused, the next one waits twice as long.
    local before = b.ceiling > 0 and b.seq - b.event or 1 / 0
    local streak = before < 5 and math.min(b.streak + 1, 4) or 0
    pause = math.max(pause, now + tonumber(ARGV[i + 2]) * 2 ^ streak)
    if b.fresh <= now then
      -- One throttle in a hundred calls is an accident at the edge; more of them are a lower quota.
      b.ceiling, b.drop, b.event, b.streak = share(b, now), before >= 100 and 0.05 or 0.3, b.seq, streak
    end
    recall(b, now, tonumber(ARGV[4]))
  end
  b.paused, b.throttled_at, b.throttles = pause, now, b.throttles + 1
  redis.call('HINCRBY', ARGV[1] .. ':limit:totals', 'throttles:' .. b.limit, 1)
  save(b, now)
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
  local b = read(ARGV[1], ARGV[i], now)
  local seq, fresh = tonumber(ARGV[i + 1]), now + tonumber(ARGV[3])
  local same = b.fresh > now
  if not same or seq >= b.said_seq then
    -- It says whole seconds, rounded up: the earliest end that it named is the closest.
    if same then fresh = math.min(b.fresh, fresh) end
    local open = math.max(0, b.seq - seq)
    for _, other in ipairs(redis.call('ZRANGE', b.open, 0, -1)) do
      if tonumber(other) < seq then open = open + 1 end
    end
    b.left, b.fresh, b.said, b.said_seq, b.said_at = remaining - open, fresh, remaining, seq, now
    local ahead = now + tonumber(ARGV[4])
    if remaining == 0 and ahead < fresh and redis.call('ZCOUNT', b.log, ahead, '(' .. fresh) > 0 then
      recall(b, now, tonumber(ARGV[4]))
    end
    save(b, now)
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
  local b = read(ARGV[1], ARGV[i], now)
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
   * ARGV: prefix, then holders. Of each budget in use: its name, share of the rate, calls in about the last minute and in
   * the last day, when it goes on, what the provider said and when, throttles, the last one's time.
   */
  look: `${BUDGET}${SHARE}
local now, answer = clock(), {}
local minute, past = math.floor(now / 60000), now % 60000 / 60000
for i = 2, #ARGV do
  local all = redis.call('HGETALL', ARGV[1] .. ':budgets:' .. ARGV[i])
  for at = 1, #all, 2 do
    local b = budget(ARGV[1], all[at], ARGV[i], all[at + 1], now)
    if b.seq > 0 then
      local recent = 0
      if b.minute == minute then recent = b.calls + b.before * (1 - past)
      elseif b.minute == minute - 1 then recent = b.calls * (1 - past) end
      local day, hours = 0, redis.call('HGETALL', b.day)
      for j = 1, #hours, 2 do
        if tonumber(hours[j]) > math.floor(now / HOUR) - 25 then day = day + tonumber(hours[j + 1]) end
      end
      table.insert(answer, { b.limit .. '|' .. b.holder, tostring(share(b, now)), math.floor(recent + 0.5), day,
        math.floor(b.paused > now and b.paused or 0), b.said_at > 0 and b.said or -1, math.floor(b.said_at),
        b.throttles, math.floor(b.throttled_at) })
    end
  end
end
return answer
`,
} as const
