/**
 * The ledger's atomic steps, as Redis scripts. No key of ours may begin with `{prefix}:{queue}:`, which is BullMQ's. Every key of one prefix is in one hash slot, so a script may build the
 * keys of its run from the prefix: that keeps calls small where one touches a thousand tasks.
 */

/** Moves a run to a status, in its hash and in the index of each status. */
const SET_STATUS = `
local function set_status(prefix, id, status)
  local run = prefix .. ':run:' .. id
  local old = redis.call('HGET', run, 'status')
  if old == status then return end
  local created = redis.call('HGET', run, 'created_at')
  if old then redis.call('ZREM', prefix .. ':index:' .. old, id) end
  redis.call('HSET', run, 'status', status)
  redis.call('ZADD', prefix .. ':index:' .. status, created, id)
end
`

/** Whether a run with this status goes on; one that is gone has none. */
const IS_OPEN = `
local function is_open(status) return status == 'queued' or status == 'planning' or status == 'running' end
`

/**
 * Since when something has been so that is noted each time it is met, and whether that is new: where it was not met for longer
 * than `forget` (-1: for ever) it begins anew.
 */
const SINCE = `
local function since(key, what, now, forget)
  local first, last = what .. '_since', redis.call('HGET', key, what .. '_at')
  if last and forget >= 0 and now - last > forget then redis.call('HDEL', key, first) end
  redis.call('HSET', key, what .. '_at', now)
  local is_new = redis.call('HSETNX', key, first, now) == 1
  return redis.call('HGET', key, first), is_new
end
`

/** ARGV: prefix, id, created_at, request, schedule. 1: created; 0: it exists; -1: the schedule's last run goes on. */
const createRun = `${SET_STATUS}${IS_OPEN}
local prefix, id, created, request, schedule = unpack(ARGV)
local run = prefix .. ':run:' .. id
if redis.call('EXISTS', run) == 1 then return 0 end
if schedule ~= '' then
  local key = prefix .. ':schedule:' .. schedule
  local last = redis.call('HGET', key, 'last_run')
  if last then
    if is_open(redis.call('HGET', prefix .. ':run:' .. last, 'status')) then
      redis.call('HSET', key, 'skipped_at', created)
      redis.call('HINCRBY', key, 'skipped', 1)
      return -1
    end
  end
  if redis.call('EXISTS', key) == 1 then redis.call('HSET', key, 'last_run', id, 'last_run_at', created) end
end
redis.call('HSET', run, 'created_at', created, 'request', request, 'schedule', schedule, 'tasks', 0, 'ended', 0)
redis.call('ZADD', prefix .. ':index', created, id)
set_status(prefix, id, 'queued')
redis.call('HINCRBY', prefix .. ':stats', 'runs_created', 1)
return 1
`

/** ARGV: prefix, id, status, field, value. Sets a status; a final one is never left again. 1: set. */
const setRunStatus = `${SET_STATUS}${IS_OPEN}
local prefix, id, status, field, value = unpack(ARGV)
local run = prefix .. ':run:' .. id
if not is_open(redis.call('HGET', run, 'status')) then return 0 end
set_status(prefix, id, status)
redis.call('HSETNX', run, field, value)
if not is_open(status) then redis.call('UNLINK', run .. ':waits') end
return 1
`

/**
 * ARGV: prefix, id, what waits (a task's id, or another name), why. It has ended, or its run: 0. What waits is kept beside
 * the run, so that nobody has to look at each of its tasks.
 */
const noteWait = `${IS_OPEN}
local prefix, id, what, why = unpack(ARGV)
local run = prefix .. ':run:' .. id
if not is_open(redis.call('HGET', run, 'status')) then return 0 end
if redis.call('HEXISTS', prefix .. ':task:' .. what, 'outcome') == 1 then return 0 end
redis.call('HSET', run .. ':waits', what, why)
return 1
`

/** ARGV: prefix, id, now, then every provider of the request. 0: the slices of one are not in the ledger, or the run has ended. */
const finishPlanning = `${SET_STATUS}${IS_OPEN}
local prefix, id = ARGV[1], ARGV[2]
local run = prefix .. ':run:' .. id
if not is_open(redis.call('HGET', run, 'status')) then return 0 end
for i = 4, #ARGV do
  if redis.call('HEXISTS', run, ARGV[i] .. ':planned') == 0 then return 0 end
end
set_status(prefix, id, 'running')
redis.call('HSETNX', run, 'planned_at', ARGV[3])
return 1
`

/**
 * Whether all that was added to a run under a mark is still there. A Redis that failed may have forgotten its last second,
 * and whoever added slices and goes on must not build on those.
 */
const HAS_ALL = `
local function has_all(run, mark, count)
  if mark == '' then return true end
  local all = redis.call('HGET', run .. ':added', mark) == count
  redis.call('HDEL', run .. ':added', mark)
  return all
end
`

/**
 * ARGV: prefix, id, provider, mark and count of what was added. The provider's slices are all added. 1: noted, also when the
 * same note came before (a reply that got lost); 0: they are not.
 */
const noteProviderPlanned = `${HAS_ALL}
local run = ARGV[1] .. ':run:' .. ARGV[2]
if redis.call('HEXISTS', run, ARGV[3] .. ':planned') == 1 then return 1 end
if not has_all(run, ARGV[4], ARGV[5]) then return 0 end
redis.call('HSET', run, ARGV[3] .. ':planned', 1)
redis.call('HDEL', run .. ':waits', ARGV[3])
return 1
`

/**
 * What a task is stands beside its hash, which then holds short values only: Redis keeps such a hash as one list, a fraction
 * of the size that it has otherwise.
 *
 * ARGV: prefix, run id, provider, mark ('' where there is none), then task id, spec, scope, '1' where it plans, expected
 * count and its source ('' where there is none) in turn. Counts the tasks under the mark. Gives each task's turn: which one
 * of its scope it is. Tasks that were added before keep theirs. Nil where the run has ended: whoever plans for it then has
 * lost its task to another long ago.
 */
const addTasks = `${IS_OPEN}
local prefix, id, provider, mark = unpack(ARGV, 1, 4)
local run, list = prefix .. ':run:' .. id, prefix .. ':run:' .. id .. ':tasks'
if not is_open(redis.call('HGET', run, 'status')) then return false end
local added, planners, expected, turns = 0, 0, 0, {}
for i = 5, #ARGV, 6 do
  local task, plans = prefix .. ':task:' .. ARGV[i], ARGV[i + 3] == '1'
  local is_new = redis.call('EXISTS', task) == 0 and redis.call('SISMEMBER', run .. ':planned', ARGV[i]) == 0
  if is_new then
    redis.call('SET', prefix .. ':spec:' .. ARGV[i], ARGV[i + 1])
    local turn = redis.call('HINCRBY', run .. ':turns', (plans and 'plan|' or '') .. provider .. '|' .. ARGV[i + 2], 1)
    redis.call('HSET', task, 'turn', turn)
    if plans then
      redis.call('HSET', task, 'plans', 1)
      planners = planners + 1
    end
    if ARGV[i + 4] ~= '' then
      redis.call('HSET', task, 'expected', ARGV[i + 4], 'source', ARGV[i + 5])
      expected = expected + tonumber(ARGV[i + 4])
    end
    redis.call('RPUSH', list, ARGV[i])
    added = added + 1
  end
  table.insert(turns, tonumber(redis.call('HGET', task, 'turn') or 1))
end
if added > 0 then
  redis.call('HINCRBY', run, 'tasks', added)
  redis.call('HINCRBY', run, provider .. ':tasks', added)
  redis.call('HINCRBY', run, provider .. ':planners', planners)
  redis.call('HINCRBY', run, provider .. ':expected', expected)
end
if mark ~= '' then redis.call('HINCRBY', run .. ':added', mark, #turns) end
return turns
`

/**
 * ARGV: prefix, run id, task id, now, how often its job was taken from a worker that had died. Hands out the next fencing
 * token, so that whoever held the task before can commit no more. Gives 0 where the task has ended, else token, spec, the run's
 * request and moment, page, sequence, read, artifacts, expected, its source, cursor, done, and how many workers it has lost
 * since its last page.
 */
const claimTask = `
local run, task = ARGV[1] .. ':run:' .. ARGV[2], ARGV[1] .. ':task:' .. ARGV[3]
local spec = redis.call('GET', ARGV[1] .. ':spec:' .. ARGV[3])
local asked = redis.call('HMGET', run, 'request', 'created_at')
if not spec or not asked[1] then return redis.call('SISMEMBER', run .. ':planned', ARGV[3]) == 1 and 0 end
if redis.call('HEXISTS', task, 'outcome') == 1 then return 0 end
local token = redis.call('HINCRBY', task, 'token', 1)
redis.call('HSETNX', task, 'started_at', ARGV[4])
local stalls, known = tonumber(ARGV[5]), tonumber(redis.call('HGET', task, 'stalls') or 0)
-- A job that was made anew counts from zero.
if stalls < known then known = 0 end
if stalls > known then redis.call('HINCRBY', task, 'lost', stalls - known) end
if stalls > 0 then redis.call('HSET', task, 'stalls', stalls) else redis.call('HDEL', task, 'stalls') end
local values = redis.call('HMGET', task, 'page', 'sequence', 'read', 'artifacts', 'expected', 'source', 'cursor', 'done', 'lost')
return { token, spec, asked[1], asked[2], unpack(values, 1, 9) }
`

/**
 * ARGV: prefix, run id, task id, provider, token, page before, page after, sequence, read, artifacts, expected, its source,
 * cursor, done, bytes, batches, freshness, now, mark and count of the slices that the page has planned ('' where it has none),
 * hashes of the ids that came for the first time, as bytes, then 'service|region' and count in turn. 1: committed, also when the same commit came before (a reply that got lost); 0: fenced.
 */
const commitPage = `${HAS_ALL}
local prefix, id, provider = ARGV[1], ARGV[2], ARGV[4]
local task, run = prefix .. ':task:' .. ARGV[3], prefix .. ':run:' .. id
local old = redis.call('HMGET', task, 'token', 'page', 'outcome', 'read', 'artifacts', 'expected')
if old[1] ~= ARGV[5] or old[3] then return 0 end
local page = old[2] or '0'
if page == ARGV[7] then return 1 end
if page ~= ARGV[6] or not has_all(run, ARGV[19], ARGV[20]) then return 0 end
if ARGV[19] ~= '' then redis.call('HSET', task, 'planned', 1) end
local artifacts = tonumber(ARGV[10]) - tonumber(old[5] or 0)
redis.call('HSET', task, 'page', ARGV[7], 'sequence', ARGV[8], 'read', ARGV[9], 'artifacts', ARGV[10], 'cursor', ARGV[13],
  'done', ARGV[14])
redis.call('HDEL', task, 'lost', 'throttled_since', 'throttled_at', 'failures', 'refusals', 'refused_since', 'refused_at')
redis.call('HDEL', run .. ':waits', ARGV[3])
if ARGV[11] ~= '' then
  redis.call('HSET', task, 'expected', ARGV[11], 'source', ARGV[12])
  redis.call('HINCRBY', run, provider .. ':expected', tonumber(ARGV[11]) - tonumber(old[6] or 0))
end
if ARGV[17] ~= '' then redis.call('HSET', task, 'freshness', ARGV[17]) end
redis.call('HINCRBY', run, provider .. ':read', tonumber(ARGV[9]) - tonumber(old[4] or 0))
redis.call('HINCRBY', run, provider .. ':artifacts', artifacts)
redis.call('HINCRBY', run, provider .. ':pages', 1)
redis.call('HINCRBY', run, provider .. ':batches', ARGV[16])
redis.call('HINCRBY', run, provider .. ':bytes', ARGV[15])
redis.call('HSET', run, 'updated_at', ARGV[18])
if ARGV[21] ~= '' then redis.call('APPEND', prefix .. ':known:' .. ARGV[3], ARGV[21]) end
for i = 22, #ARGV, 2 do
  redis.call('HINCRBY', run .. ':counts', provider .. '|' .. ARGV[i], ARGV[i + 1])
  redis.call('HINCRBY', task, 'n:' .. ARGV[i], ARGV[i + 1])
end
redis.call('HINCRBY', prefix .. ':stats', 'artifacts:' .. provider, artifacts)
redis.call('HINCRBY', prefix .. ':stats', 'pages:' .. provider, 1)
redis.call('HINCRBY', prefix .. ':stats', 'batches:' .. provider, ARGV[16])
return 1
`

/**
 * ARGV: prefix, run id, task id, provider, token ('' asks for none), outcome, code, message, now. Ends a task once.
 * 1: ended; 0: fenced, or it has an outcome, or is called complete and its last page is not committed.
 */
const endTask = `
local prefix, id, provider, outcome = ARGV[1], ARGV[2], ARGV[4], ARGV[6]
local task, run = prefix .. ':task:' .. ARGV[3], prefix .. ':run:' .. id
local old = redis.call('HMGET', task, 'token', 'outcome', 'artifacts', 'plans', 'planned', 'turn', 'done')
if not old[6] or old[2] or (ARGV[5] ~= '' and old[1] ~= ARGV[5]) then return 0 end
if outcome == 'complete' and old[7] ~= '1' then return 0 end
if outcome == 'failed' and tonumber(old[3] or 0) > 0 then outcome = 'partial' end
redis.call('HSET', task, 'outcome', outcome, 'ended_at', ARGV[9])
redis.call('HDEL', run .. ':waits', ARGV[3])
if ARGV[7] ~= '' then
  redis.call('HSET', task, 'code', ARGV[7], 'message', ARGV[8])
  local errors = run .. ':errors'
  local field = provider .. '|' .. outcome .. '|' .. ARGV[7]
  redis.call('HINCRBY', errors, 'count|' .. field, 1)
  redis.call('HSETNX', errors, 'sample|' .. field, ARGV[3] .. ' ' .. ARGV[8])
end
-- A task that planned, and did so, covers nothing itself; its name alone stays, so that it is not planned again. One that
-- found nothing to plan is a slice without resources, and one that could not plan a slice of which nothing is known.
local planned = old[4] and old[5] and outcome == 'complete'
-- What only reading needs goes, and the rest is written anew: a hash that has held a long cursor stays large else.
local kept = {}
local all = redis.call('HGETALL', task)
for i = 1, #all, 2 do
  if string.sub(all[i], 1, 2) ~= 'n:' and all[i] ~= 'cursor' then
    table.insert(kept, all[i])
    table.insert(kept, all[i + 1])
  end
end
redis.call('DEL', task, prefix .. ':known:' .. ARGV[3])
if planned then
  redis.call('DEL', prefix .. ':spec:' .. ARGV[3])
  redis.call('SADD', run .. ':planned', ARGV[3])
else redis.call('HSET', task, unpack(kept)) end
redis.call('HINCRBY', run, 'ended', 1)
redis.call('HINCRBY', run, provider .. ':ended', 1)
if planned then redis.call('HINCRBY', run, provider .. ':planners_ended', 1)
else
  if old[4] then redis.call('HINCRBY', run, provider .. ':planners', -1) end
  redis.call('HINCRBY', run, provider .. ':outcome:' .. outcome, 1)
end
redis.call('HSET', run, 'updated_at', ARGV[9])
redis.call('HINCRBY', prefix .. ':stats', 'tasks:' .. provider .. ':' .. outcome, 1)
return 1
`

/**
 * ARGV: prefix, run id, task id, provider, token. Takes what the task counted back out of the run and sets it to its
 * first page. The batch sequence goes on, so that no batch of the new pass hides one of the old; so does what is expected.
 * 1: done; 0: fenced.
 */
const restartTask = `
local prefix, id, provider = ARGV[1], ARGV[2], ARGV[4]
local task, run = prefix .. ':task:' .. ARGV[3], prefix .. ':run:' .. id
-- Subtracted from zero: HINCRBY takes no -0.
local all = redis.call('HGETALL', task)
local old = {}
for i = 1, #all, 2 do old[all[i]] = all[i + 1] end
if old['token'] ~= ARGV[5] or old['outcome'] then return 0 end
redis.call('HINCRBY', run, provider .. ':read', 0 - tonumber(old['read'] or 0))
redis.call('HINCRBY', run, provider .. ':artifacts', 0 - tonumber(old['artifacts'] or 0))
for field, count in pairs(old) do
  if string.sub(field, 1, 2) == 'n:' then
    redis.call('HINCRBY', run .. ':counts', provider .. '|' .. string.sub(field, 3), 0 - tonumber(count))
    redis.call('HDEL', task, field)
  end
end
redis.call('HINCRBY', task, 'restarts', 1)
redis.call('HDEL', task, 'cursor', 'page', 'read', 'artifacts', 'done')
redis.call('DEL', prefix .. ':known:' .. ARGV[3])
return 1
`

/**
 * ARGV: prefix, task id, token. Gives how often the task has failed since its last page, this time included; 0: fenced. Of a
 * task that is gone nothing may be written: what is left of it would be taken for it when it is planned again.
 */
const noteFailure = `
local task = ARGV[1] .. ':task:' .. ARGV[2]
if redis.call('HGET', task, 'token') ~= ARGV[3] then return 0 end
return redis.call('HINCRBY', task, 'failures', 1)
`

/**
 * ARGV: prefix, task id, token, now, after how long without one refusals are forgotten, or -1. A page was read and not taken:
 * the provider has answered, so that nothing counts that it had refused before. Gives how often since the last page that was
 * taken, this time included, and since when; 0: fenced.
 */
const noteRefusal = `${SINCE}
local task = ARGV[1] .. ':task:' .. ARGV[2]
if redis.call('HGET', task, 'token') ~= ARGV[3] then return {0, ARGV[4]} end
redis.call('HDEL', task, 'failures', 'throttled_since')
local begun, is_new = since(task, 'refused', tonumber(ARGV[4]), tonumber(ARGV[5]))
if is_new then redis.call('HDEL', task, 'refusals') end
return {redis.call('HINCRBY', task, 'refusals', 1), begun}
`

/**
 * ARGV: prefix, task id, token, now, after how long without a throttle those before are forgotten. The provider has throttled
 * the task. Gives since when it does, without a page in between; nil: fenced.
 */
const noteThrottled = `${SINCE}
local task = ARGV[1] .. ':task:' .. ARGV[2]
if redis.call('HGET', task, 'token') ~= ARGV[3] then return false end
return (since(task, 'throttled', tonumber(ARGV[4]), tonumber(ARGV[5])))
`

/**
 * ARGV: prefix, run id, provider, what is so of it, now, after how long without it being so it is forgotten. Gives since when
 * it is so; now where the run is gone.
 */
const noteProvider = `${SINCE}
local run = ARGV[1] .. ':run:' .. ARGV[2]
if redis.call('EXISTS', run) == 0 then return ARGV[5] end
return (since(run, ARGV[3] .. ':' .. ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])))
`

/**
 * ARGV: prefix, id, how many. Deletes tasks of a run together with their place in its list, since all workers apply the
 * retention in the same minute: one that cut what another had not deleted would leave it for ever. Gives how many are left.
 */
const deleteTasks = `
local prefix, id, most = ARGV[1], ARGV[2], tonumber(ARGV[3])
local list = prefix .. ':run:' .. id .. ':tasks'
local ids = redis.call('LRANGE', list, 0, most - 1)
for _, task in ipairs(ids) do
  redis.call('UNLINK', prefix .. ':task:' .. task, prefix .. ':spec:' .. task, prefix .. ':known:' .. task)
end
redis.call('LTRIM', list, #ids, -1)
return redis.call('LLEN', list)
`

/** ARGV: prefix, name, created_at, cron expression, time zone, request. 1: created; 0: the name is taken. */
export const CREATE_SCHEDULE = `
local key = ARGV[1] .. ':schedule:' .. ARGV[2]
if redis.call('EXISTS', key) == 1 then return 0 end
redis.call('HSET', key, 'created_at', ARGV[3], 'cron_expression', ARGV[4], 'timezone', ARGV[5], 'request', ARGV[6],
  'everything', ARGV[7], 'paused', 0)
redis.call('SADD', ARGV[1] .. ':schedule-names', ARGV[2])
return 1
`

/** ARGV: prefix, name, '1' or '0'. 0: there is none. */
export const SET_SCHEDULE_PAUSED = `
local key = ARGV[1] .. ':schedule:' .. ARGV[2]
if redis.call('EXISTS', key) == 0 then return 0 end
redis.call('HSET', key, 'paused', ARGV[3])
return 1
`

/** ARGV: prefix, name, request, the request before. 0: there is none, or it has another request by now. */
export const SET_SCHEDULE_REQUEST = `
local key = ARGV[1] .. ':schedule:' .. ARGV[2]
if redis.call('HGET', key, 'request') ~= ARGV[4] then return 0 end
redis.call('HSET', key, 'request', ARGV[3])
return 1
`

export const LEDGER_SCRIPTS = {
  createRun,
  setRunStatus,
  finishPlanning,
  noteWait,
  noteProviderPlanned,
  addTasks,
  claimTask,
  commitPage,
  endTask,
  restartTask,
  deleteTasks,
  noteFailure,
  noteRefusal,
  noteThrottled,
  noteProvider,
}
