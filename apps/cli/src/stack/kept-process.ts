import { setTimeout as sleep } from 'node:timers/promises'
import { STOP_GRACE_MS, type ManagedProcess } from './processes.ts'

const FIRST_DELAY_MS = 500
const LONGEST_DELAY_MS = 30_000
const STABLE_MS = 60_000

/** What a process said when it was ready. */
export type Ready = Awaited<ManagedProcess['ready']>

export interface KeptProcess {
  /** Of the first start; rejects where it does not succeed. */
  readonly ready: Promise<Ready>
  pid(): number
  /** Ends it as a crash would; gives its pid. */
  kill(): number
  close(): Promise<void>
}

/**
 * A process that is started again when it dies: after half a second, later and later where it dies again soon. `start` is
 * given what the first one said, null at first; where it throws, that counts as another death. Once `kill` is aborted, or
 * it is closed, it has died for us.
 */
export function keepProcess(
  name: string,
  start: (first: Ready | null) => ManagedProcess,
  say: (line: string) => void,
  kill: AbortSignal,
): KeptProcess {
  const closing = new AbortController()
  const ending = AbortSignal.any([closing.signal, kill])
  let current = start(null)
  const { ready } = current
  // One that never started is the caller's to hear of, through `ready`.
  void ready.then(keep, () => {})

  async function keep(first: Ready): Promise<void> {
    let unstarted: string | null = null
    for (let deaths = 0; ;) {
      const startedAt = Date.now()
      const end: string = unstarted ?? `(pid ${current.pid}) ended by ${await current.exited}`
      if (ending.aborted) return
      deaths = Date.now() - startedAt > STABLE_MS ? 1 : deaths + 1
      const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (deaths - 1))
      say(`${name} ${end}; another starts in ${delay / 1000} s`)
      await sleep(delay, undefined, { signal: ending }).catch(() => {})
      if (ending.aborted) return
      try {
        current = start(first)
        unstarted = null
      } catch (error) {
        unstarted = `did not start: ${(error as Error).message}`
        continue
      }
      const next = current
      next.ready.then(
        () => say(`${name} is back, pid ${next.pid}`),
        (error: Error) => ending.aborted || say(error.message),
      )
    }
  }

  return {
    ready,
    pid: () => current.pid,
    kill() {
      const { pid } = current
      current.signal('SIGKILL')
      return pid
    },
    async close() {
      closing.abort()
      await current.stop(STOP_GRACE_MS)
    },
  }
}
