import { startPrivateRedis, type PrivateRedis } from '@cae/runtime'
import { cpSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { settingsFor, startClouds, type Clouds, type CloudsOptions } from './clouds.ts'
import { startProcess, type TestProcess } from './processes.ts'

const POLL_MS = 100

export interface ClusterOptions {
  readonly clouds: CloudsOptions
  readonly workers: number
  /** Above the settings that point at the simulator. */
  readonly environment?: Record<string, string> | ((clouds: Clouds) => Record<string, string>)
  /** For the workers' Node, such as `--cpu-prof`. */
  readonly workerArguments?: readonly string[]
}

export interface Cluster {
  readonly clouds: Clouds
  readonly redis: PrivateRedis
  readonly api: TestProcess
  readonly apiUrl: string
  readonly workers: TestProcess[]
  /** Where the filesystem transport writes. */
  readonly folder: string
  startWorker(): Promise<TestProcess>
  /** Ends Redis as a crash would and starts it again on what it had written. */
  crashRedis(): Promise<void>
  /** The same, and so many milliseconds of what it had written are lost, as in a power cut or a failover. */
  rollBackRedis(milliseconds: number): Promise<void>
  /** Ends the API as a crash would and starts it again at the same address. */
  crashApi(): Promise<void>
  submit(body?: object): Promise<string>
  job(id: string): Promise<Job>
  /** Polls until the job has ended. */
  finished(id: string, timeout?: number): Promise<Job>
  tasks(id: string): Promise<TaskAnswer[]>
  stop(): Promise<void>
}

export interface Job {
  readonly job_id: string
  readonly status: string
  readonly totals: { readonly artifacts: number; readonly batches: number }
  readonly outcomes: Readonly<Record<string, number>>
  readonly by_provider: Readonly<Record<string, { tasks: number; artifacts: number; outcomes: Record<string, number> }>>
  readonly errors: readonly {
    provider: string
    code: string
    outcome: string
    count: number
    message: string
    advice: string
  }[]
  readonly progress: {
    readonly slices: number
    readonly ended: number
    readonly planned: boolean
    readonly percent: number
    readonly read: number
  }
}

export interface TaskAnswer {
  readonly task_id: string
  readonly provider: string
  readonly scope: string
  readonly region: string
  readonly outcome: string | null
  readonly code: string | null
  readonly coverage: { readonly expected: number | null; readonly extracted: number }
  readonly claims: number
}

/** Real Redis, API and workers as processes of their own, and the simulated clouds. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { workerArguments: nodeArguments = [] } = options
  const folder = mkdtempSync(join(tmpdir(), 'cae-cluster-'))
  const artifacts = join(folder, 'artifacts')
  const clouds = await startClouds(options.clouds)
  let redis = await startPrivateRedis({ dataDir: join(folder, 'redis') })
  const settings = {
    ...settingsFor(clouds, redis.url),
    FILESYSTEM_BASE_DIR: artifacts,
    LOG_LEVEL: 'warn',
    ...(typeof options.environment === 'function' ? options.environment(clouds) : options.environment),
  }
  const startWorker = async () => {
    const worker = await startProcess('apps/worker/dist/main.js', { environment: settings, nodeArguments })
    workers.push(worker)
    return worker
  }
  const restartRedis = async (meanwhile: () => void) => {
    const port = Number(new URL(redis.url).port)
    await redis.kill()
    meanwhile()
    redis = await startPrivateRedis({ dataDir: join(folder, 'redis'), port })
  }
  const workers: TestProcess[] = []
  const stopRest = async () => {
    await Promise.all(workers.map((worker) => worker.stop()))
    await redis.stop()
    await clouds.process.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  const startApi = (port: string) =>
    startProcess('apps/api/dist/main.js', { environment: { ...settings, API_PORT: port } })
  let api = await startApi('0').catch(async (thrown: unknown) => {
    await stopRest()
    throw thrown
  })
  const started = await Promise.allSettled(Array.from({ length: options.workers }, startWorker))
  const failed = started.find((one) => one.status === 'rejected')
  if (failed) {
    await api.stop()
    await stopRest()
    throw failed.reason
  }
  const apiUrl = String(api.ready['url'])
  const get = async <T>(path: string) => (await fetch(apiUrl + path)).json() as Promise<T>

  const job = (id: string) => get<Job>(`/extraction/jobs/${id}`)
  return {
    clouds,
    get redis() {
      return redis
    },
    get api() {
      return api
    },
    apiUrl,
    workers,
    folder: artifacts,
    startWorker,
    job,
    crashRedis: () => restartRedis(() => {}),
    async rollBackRedis(milliseconds) {
      const [data, old] = [join(folder, 'redis'), join(folder, 'redis-before')]
      cpSync(data, old, { recursive: true })
      await sleep(milliseconds)
      await restartRedis(() => {
        rmSync(data, { recursive: true })
        renameSync(old, data)
      })
    },
    async crashApi() {
      await api.stop('SIGKILL')
      api = await startApi(new URL(apiUrl).port)
    },
    async submit(body = {}) {
      const response = await fetch(`${apiUrl}/extraction/extract`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      const answer = (await response.json()) as { job_id: string }
      if (response.status !== 202) throw new Error(`${response.status} ${JSON.stringify(answer)}`)
      return answer.job_id
    },
    async finished(id, timeout = 60_000) {
      const deadline = Date.now() + timeout
      for (;;) {
        const now = await job(id).catch(() => undefined)
        if (now && ['completed', 'partial', 'failed', 'cancelled'].includes(now.status)) return now
        if (Date.now() > deadline) {
          const logs = workers.map((worker) => worker.log()).join('\n')
          throw new Error(`the job did not end in ${timeout} ms: ${JSON.stringify(now)}\n${logs.slice(-4000)}`)
        }
        await new Promise((resolve) => setTimeout(resolve, POLL_MS))
      }
    },
    async tasks(id) {
      return (await get<{ tasks: TaskAnswer[] }>(`/extraction/jobs/${id}/tasks?limit=1000`)).tasks
    },
    async stop() {
      await api.stop()
      await stopRest()
    },
  }
}
