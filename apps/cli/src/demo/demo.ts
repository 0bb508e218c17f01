import { rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { PROVIDER_NAMES } from '@cae/core'
import { apiClient, type ApiClient } from '../api/client.ts'
import type { JobDetail } from '../api/views.ts'
import { noteArtifactsFolder } from '../stack/artifacts-folder.ts'
import { demoGaps, setGaps } from './gaps.ts'
import type { DemoOptions } from './options.ts'
import { demoNext, demoStarted, demoTitle, simulatedHeader } from './screens.ts'
import { EXIT, exitCodeOf } from '../exit-code.ts'
import { lockFolder } from '../stack/folder-lock.ts'
import { follow } from '../api/follow.ts'
import { hintOf } from '../hint.ts'
import type { Host, Interrupts } from '../host.ts'
import { aborted, unlessStopped } from '../interrupted.ts'
import { makeFolder } from '../stack/make-folder.ts'
import { progressView, type Expected } from '../text/progress.ts'
import { count, counted } from '../text/quantity.ts'
import { gapsOf } from '../text/reasons.ts'
import { shownPath } from '../text/shown-path.ts'
import { simulatedSettings, type SimulatedClouds } from './simulated-clouds.ts'
import { createStack, type RunningStack, type Stack } from '../stack/stack.ts'
import { summary } from '../text/summary.ts'
import { verify } from './verify.ts'

const POLL_MS = 150
/** The killed worker should hold slices that are half read. */
const KILL_AT = 0.25
const REDIS = 'demo-redis'

/** The main job from end to end, on simulated clouds. */
export async function demo(options: DemoOptions, host: Host): Promise<number> {
  const { stdout: terminal } = host
  const asked = host.interrupts()
  // Where Redis can't be started again nothing can be brought to its end: what runs is ended at once.
  const gone = new AbortController()
  const interrupts = { ...asked, kill: AbortSignal.any([asked.kill, gone.signal]) }
  const dataDir = resolve(host.cwd, options.data)
  const folder = options.transport === 'null' ? null : resolve(host.cwd, options.out ?? join(dataDir, 'artifacts'))
  const release = lockFolder(dataDir, host.pid)
  // While bars are drawn, what happens is told between them.
  let say = (line: string) => terminal.say(line)
  const note = (line: string) => say(`${terminal.colors.yellow('•')} ${line}`)
  const stack = createStack({ host, interrupts, dataDir, verbose: options.verbose, say: note })
  stack.onClose(async () => release())
  try {
    if (folder !== null) makeFolder(folder)
    for (const line of demoTitle(terminal)) terminal.say(line)
    const { clouds, running, broken } = await startAll(options, { dataDir, folder }, stack, host, interrupts)
    broken.catch(() => gone.abort())
    const truth = await trueCounts(clouds)
    const gaps = options.gaps ? demoGaps(clouds) : null
    if (gaps) await setGaps(clouds, gaps)
    for (const line of demoStarted(options, clouds, truth, running, gaps, terminal)) terminal.say(line)

    const client = apiClient({ url: running.url })
    const progress = progressView(terminal, hintOf(host, { api: client.url }), truth)
    say = (line) => progress.note(line)
    const killer = options.killWorker ? workerKiller(running, truth, note) : undefined
    const onJob = (job: JobDetail) => {
      progress.show(job)
      killer?.(job)
    }
    let job: JobDetail
    try {
      const { job_id: jobId } = await client.submit({})
      const stop = AbortSignal.any([interrupts.stop, gone.signal])
      job = await Promise.race([follow({ client, jobId, everyMs: POLL_MS, stop, onJob }), broken])
    } finally {
      progress.stop()
      say = (line) => terminal.say(line)
    }
    const code = await conclude(job, truth, folder, client, options, host)
    for (const line of demoNext(options, running, host)) terminal.say(line)
    if (options.keep) await Promise.race([aborted(interrupts.stop), broken])
    return code
  } finally {
    if (options.keep) terminal.say('Stopping …')
    await stack.close()
  }
}

interface Started {
  readonly clouds: SimulatedClouds
  readonly running: RunningStack
  /** Rejects when Redis has ended for good. */
  readonly broken: Promise<never>
}

interface Folders {
  readonly dataDir: string
  /** Where the artifacts go; null where they go nowhere. */
  readonly folder: string | null
}

async function startAll(
  options: DemoOptions,
  { dataDir, folder }: Folders,
  stack: Stack,
  host: Host,
  { stop }: Interrupts,
): Promise<Started> {
  const environment = cleanEnvironment(host)
  const simulator = stack.start({
    name: 'simulator',
    module: '@cae/cloud-simulator/main',
    args: simulatorArguments(options),
    environment,
    readyOn: 'line',
  })
  // What an earlier demo left there is of clouds that have ended with it. The folder may be one of `up`, whose jobs stay.
  rmSync(join(dataDir, REDIS), { recursive: true, force: true })
  const redis = await stack.startRedis(REDIS)
  const clouds = (await unlessStopped(simulator.ready, stop)) as unknown as SimulatedClouds
  const file = join(dataDir, 'settings.yaml')
  const settings = simulatedSettings(clouds, { redisUrl: redis.url, artifacts: folder, quotas: options.quotas })
  // The password of Redis is in it. One that an earlier demo left may be open to the group.
  rmSync(file, { force: true })
  writeFileSync(file, settings, { mode: 0o600 })
  noteArtifactsFolder(dataDir, folder)
  const running = await stack.startApiAndWorkers({ ...environment, CONFIG_FILE: file }, options.workers)
  return { clouds, running, broken: redis.broken }
}

// Neither the user's settings nor their credentials or proxies have a part in the demo.
function cleanEnvironment({ environment }: Host): Host['environment'] {
  const { PATH, HOME, TMPDIR, LANG, TZ } = environment
  return { PATH, HOME, TMPDIR, LANG, TZ }
}

function simulatorArguments({ resources, seed, quotas, latency }: DemoOptions): string[] {
  const numbers = { port: 0, 'grpc-port': 0, seed, resources, latency }
  return [
    ...Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, String(value)]),
    ...(quotas ? ['--quotas'] : []),
  ]
}

/** How many resources each simulated cloud has, asked of the simulator itself. */
async function trueCounts({ controlEndpoint }: SimulatedClouds): Promise<Expected> {
  const response = await fetch(`${controlEndpoint}/estate`)
  if (!response.ok) throw new Error(`the simulator answered ${response.status} to the question what exists`)
  const { counts } = (await response.json()) as { counts: Expected }
  return counts
}

/** Kills a worker once, in the middle of the run. */
function workerKiller({ workers }: RunningStack, truth: Expected, note: (line: string) => void) {
  const all = PROVIDER_NAMES.reduce((sum, name) => sum + (truth[name] ?? 0), 0)
  let done = false
  return ({ totals }: JobDetail) => {
    if (done || totals.artifacts < all * KILL_AT) return
    done = true
    const pid = workers.kill(0)
    note(`worker-1 gets kill -9 (pid ${pid}) after ${count(totals.artifacts)} resources`)
  }
}

/** The result on the screen and as an exit code. */
async function conclude(
  job: JobDetail,
  truth: Expected,
  folder: string | null,
  client: ApiClient,
  { killWorker, keep }: DemoOptions,
  host: Host,
): Promise<number> {
  const { stdout: terminal, cwd } = host
  const { colors } = terminal
  const gaps = await gapsOf(client, job)
  // Without --keep nobody is left to be asked.
  const lines = summary(job, terminal, {
    expected: truth,
    gaps,
    hint: hintOf(host, keep ? { api: client.url } : {}),
    over: !keep,
  })
  for (const line of [...simulatedHeader(job, terminal), ...lines]) terminal.say(line)
  const runFolder = folder === null ? null : join(folder, job.job_id)
  const { text, whole, files } = await verify(job, truth, runFolder)
  const told = job.status === 'partial'
  const mark = whole ? colors.green('✔') : told ? colors.yellow('!') : colors.red('✖')
  terminal.say(`${mark} Verified   ${text}${!whole && told ? '; the run says that it is partial' : ''}`)
  if (killWorker) terminal.say(await takenOver(job, client, colors.green('✔')))
  if (runFolder !== null) {
    terminal.say(`${colors.dim('·')} Files      ${shownPath(cwd, runFolder)} (${count(files)} files)`)
  }
  return whole || job.status !== 'completed' ? exitCodeOf(job.status) : EXIT.failure
}

async function takenOver({ job_id }: JobDetail, client: ApiClient, tick: string): Promise<string> {
  const slices = (await client.tasks(job_id)).filter(({ claims }) => claims > 1).length
  return `${tick} Resumed    ${counted(slices, 'slice')} taken up again, from the last page that was delivered`
}
