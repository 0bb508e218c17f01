import { setTimeout as sleep } from 'node:timers/promises'
import type { ManagedProcess } from './processes.ts'

/** A worker gives its tasks back within its own grace of 10 s; this is that and a margin. */
const STOP_GRACE_MS = 20_000
const FIRST_DELAY_MS = 500
const LONGEST_DELAY_MS = 30_000
const STABLE_MS = 60_000

export interface WorkerPool {
  /** Resolves when every worker is ready for the first time; rejects where one does not start. */
  readonly ready: Promise<unknown>
  pids(): readonly number[]
  /** Ends a worker as a crash would; gives its pid. */
  kill(index: number): number
  close(): Promise<void>
}

/** N workers, each started again when it dies: at once the first time, later and later where it dies again soon. */
export function startWorkers(
  count: number,
  start: (name: string) => ManagedProcess,
  say: (line: string) => void,
): WorkerPool {
  const closing = new AbortController()
  const pool = Array.from({ length: count }, (_, index) => start(nameOf(index)))
  const keepers = pool.map((_, index) => keep(index))

  async function keep(index: number): Promise<void> {
    const name = nameOf(index)
    await pool[index]!.ready
    for (let deaths = 0; ;) {
      const startedAt = Date.now()
      const how = await pool[index]!.exited
      if (closing.signal.aborted) return
      deaths = Date.now() - startedAt > STABLE_MS ? 1 : deaths + 1
      const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (deaths - 1))
      say(`${name} (pid ${pool[index]!.pid}) ended by ${how}; another starts in ${delay / 1000} s`)
      await sleep(delay, undefined, { signal: closing.signal }).catch(() => {})
      if (closing.signal.aborted) return
      const next = start(name)
      pool[index] = next
      next.ready.then(
        () => say(`${name} is back, pid ${next.pid}`),
        (error: Error) => closing.signal.aborted || say(error.message),
      )
    }
  }
  // A worker that never started is the caller's to hear of, through `ready`.
  for (const keeper of keepers) keeper.catch(() => {})

  const ready = Promise.all(pool.map((worker) => worker.ready))
  ready.catch(() => {})
  return {
    ready,
    pids: () => pool.map(({ pid }) => pid),
    kill(index) {
      const { pid } = pool[index]!
      pool[index]!.signal('SIGKILL')
      return pid
    },
    async close() {
      closing.abort()
      await Promise.all(pool.map((worker) => worker.stop(STOP_GRACE_MS)))
    },
  }
}

function nameOf(index: number): string {
  return `worker-${index + 1}`
}
