import { keepProcess } from './kept-process.ts'
import type { ManagedProcess } from './processes.ts'

export interface WorkerPool {
  /** Resolves when every worker is ready for the first time; rejects where one does not start. */
  readonly ready: Promise<unknown>
  pids(): readonly number[]
  /** Ends a worker as a crash would; gives its pid. */
  kill(index: number): number
  close(): Promise<void>
}

/** N workers, each started again when it dies. */
export function startWorkers(
  count: number,
  start: (name: string) => ManagedProcess,
  say: (line: string) => void,
  kill: AbortSignal,
): WorkerPool {
  const pool = Array.from({ length: count }, (_, index) => {
    const name = `worker-${index + 1}`
    return keepProcess(name, () => start(name), say, kill)
  })
  const ready = Promise.all(pool.map((worker) => worker.ready))
  ready.catch(() => {})
  return {
    ready,
    pids: () => pool.map((worker) => worker.pid()),
    kill: (index) => pool[index]!.kill(),
    close: async () => void (await Promise.all(pool.map((worker) => worker.close()))),
  }
}
