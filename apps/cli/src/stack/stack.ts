import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { closers } from './closers.ts'
import type { Host, Interrupts } from '../host.ts'
import { Interrupted, unlessStopped } from '../interrupted.ts'
import { keepProcess } from './kept-process.ts'
import { startProcess, STOP_GRACE_MS, type ManagedProcess, type ProcessOptions } from './processes.ts'
import { startRedis, type OwnRedis } from './redis.ts'
import { startWorkers, type WorkerPool } from './workers.ts'

export interface StackOptions {
  readonly host: Host
  readonly interrupts: Interrupts
  /** Logs go below it. */
  readonly dataDir: string
  /** Show the processes' own log lines. */
  readonly verbose: boolean | undefined
  /** What happens to processes that run already. */
  readonly say: (line: string) => void
}

/** The processes of one machine. API and workers are started again when they die, the API at its address. Whatever was started is stopped by `close()`, in the opposite order. */
export interface Stack {
  readonly logs: string
  /** Something else to stop, in its place in the order. */
  onClose(close: () => Promise<unknown>): void
  start(process: Pick<ProcessOptions, 'name' | 'module' | 'environment' | 'readyOn' | 'args'>): ManagedProcess
  /** A private Redis that keeps its data in a folder of that name, below the data folder. */
  startRedis(folder: string): Promise<OwnRedis>
  /** The API and N workers, when all are ready. Rejects where one does not start, or the user interrupts. */
  startApiAndWorkers(environment: Host['environment'], workers: number): Promise<RunningStack>
  close(): Promise<void>
}

export interface RunningStack {
  readonly url: string
  readonly workers: WorkerPool
}

export function createStack({ host, interrupts, dataDir, verbose, say }: StackOptions): Stack {
  const opened = closers()
  const logs = join(dataDir, 'logs')
  keepPrevious(logs)
  mkdirSync(logs, { recursive: true })

  const launch = (options: Parameters<Stack['start']>[0]) =>
    startProcess({
      ...options,
      cwd: host.cwd,
      node: host.node,
      logFile: join(logs, `${options.name}.log`),
      echo: verbose ? echoOf(options.name, host.stderr) : undefined,
      kill: interrupts.kill,
    })
  const start = (options: Parameters<Stack['start']>[0]) => {
    const started = launch(options)
    opened.add(() => started.stop(STOP_GRACE_MS))
    return started
  }

  return {
    logs,
    start,
    onClose: (close) => opened.add(close),
    async startRedis(folder) {
      const redis = await startRedis({
        dataDir: join(dataDir, folder),
        logFile: join(logs, 'redis.log'),
        say,
        kill: interrupts.kill,
      })
      opened.add(() => redis.close())
      return redis
    },
    async startApiAndWorkers(environment, count) {
      if (interrupts.stop.aborted) throw new Interrupted()
      const api = keepProcess(
        'api',
        (first) =>
          launch({
            name: 'api',
            module: '@cae/api/main',
            // Whoever follows a job knows the address, also one that the API has found for itself.
            environment: first ? withPort(environment, new URL(String(first['url'])).port) : environment,
            readyOn: 'message',
          }),
        say,
        interrupts.kill,
      )
      opened.add(() => api.close())
      const workers = startWorkers(
        count,
        (name) => launch({ name, module: '@cae/worker/main', environment, readyOn: 'message' }),
        say,
        interrupts.kill,
      )
      opened.add(() => workers.close())
      const [{ url }] = await unlessStopped(Promise.all([api.ready, workers.ready]), interrupts.stop)
      return { url: String(url), workers }
    },
    close: () => opened.close(),
  }
}

// The processes do not know what we write to.
function echoOf(name: string, terminal: Host['stderr']): (line: string) => void {
  const { colors } = terminal
  const head = colors.dim(`[${name}]`)
  return (line) => terminal.say(`${head} ${colors.isColorSupported ? line : stripVTControlCharacters(line)}`)
}

/** The environment with another port of the API, in whichever way it names one. */
export function withPort(environment: Host['environment'], port: number | string): Host['environment'] {
  return { ...environment, API__PORT: undefined, API_PORT: String(port) }
}

/** Whoever starts us again after a crash looks for why it was. */
function keepPrevious(logs: string): void {
  if (!existsSync(logs)) return
  const previous = `${logs}-previous`
  rmSync(previous, { recursive: true, force: true })
  renameSync(logs, previous)
}
