import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { loadCheckedSettings, nearlyKnown, withoutPassword, type Settings } from '@cae/runtime'
import { parse } from 'yaml'
import { artifactsFolder, noteArtifactsFolder, unwritable } from './stack/artifacts-folder.ts'
import { EXIT } from './exit-code.ts'
import { lockFolder } from './stack/folder-lock.ts'
import { hintOf } from './hint.ts'
import type { Host, Interrupts } from './host.ts'
import { aborted, unlessStopped } from './interrupted.ts'
import { reachRedis } from './stack/redis.ts'
import { shownPath } from './text/shown-path.ts'
import { createStack, withPort, type RunningStack, type Stack } from './stack/stack.ts'

export interface UpOptions {
  readonly workers: number
  readonly port?: number
  readonly config?: string
  readonly data: string
  readonly verbose?: boolean
}

type Environment = Host['environment']

/** Redis where none is given, the API and N workers; until the user stops it or Redis has ended for good. */
export async function up(options: UpOptions, host: Host): Promise<number> {
  const { stdout: terminal } = host
  const environment = environmentOf(options, host)
  const settings = await loadCheckedSettings(environment, async (rest) =>
    (await import('@cae/worker')).problemsOfParts(rest),
  )
  for (const hint of nearlyKnown(environment)) host.stderr.say(`${host.stderr.colors.yellow('!')} ${hint}`)
  await refuseTakenPort(settings.api)

  const interrupts = host.interrupts()
  const dataDir = resolve(host.cwd, options.data)
  const release = lockFolder(dataDir, host.pid)
  const stack = createStack({ host, interrupts, dataDir, verbose: options.verbose, say: noteTo(host) })
  stack.onClose(async () => release())
  try {
    terminal.say('Starting …')
    const redis = await provideRedis(environment, settings, stack, host.cwd, interrupts)
    if (redis.problem) host.stderr.say(`${host.stderr.colors.yellow('!')} ${redis.problem}`)
    noteArtifactsFolder(dataDir, artifactsFolder(settings, host.cwd))
    const problem = unwritable(settings, host.cwd, interrupts.stop)
    const running = await stack.startApiAndWorkers({ ...environment, REDIS_URL: redis.url }, options.workers)
    const logs = shownPath(host.cwd, stack.logs)
    for (const line of welcome(
      running,
      settings,
      {
        redis: redis.label,
        logs,
        config: environment['CONFIG_FILE'] || undefined,
        unwritable: await unlessStopped(problem, interrupts.stop),
      },
      host,
    ))
      terminal.say(line)
    await Promise.race([aborted(interrupts.stop), ...(redis.broken ? [redis.broken] : [])])
    terminal.say('Stopping: workers finish their page and give their tasks back. Again Ctrl-C ends all at once.')
    return EXIT.complete
  } finally {
    await stack.close()
    if (interrupts.stop.aborted) terminal.say('Stopped.')
  }
}

/** What our processes are started with: the environment under the options of the command. */
function environmentOf({ port, config, verbose }: UpOptions, host: Host): Environment {
  const environment = { ...(port === undefined ? host.environment : withPort(host.environment, port)) }
  if (config !== undefined) environment['CONFIG_FILE'] = resolve(host.cwd, config)
  if (verbose && !environment['LOG_FORMAT'] && !environment['LOG__FORMAT']) environment['LOG_FORMAT'] = 'pretty'
  return environment
}

/** Throws where another program listens there already. */
async function refuseTakenPort({ host, port }: Settings['api']): Promise<void> {
  const server = createServer()
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') {
      throw new Error(`port ${port} on ${host} is taken by another program: stop it, or give another with --port`, {
        cause: error,
      })
    }
    throw new Error(`cannot listen on ${host} port ${port}: ${code ?? String(error)}`, { cause: error })
  } finally {
    server.close()
  }
}

interface ProvidedRedis {
  readonly url: string
  readonly label: string
  readonly broken?: Promise<never>
  /** Why it is not fit for us, though it answers. */
  readonly problem?: string | null
}

async function provideRedis(
  environment: Environment,
  settings: Settings,
  stack: Stack,
  cwd: string,
  { stop }: Interrupts,
): Promise<ProvidedRedis> {
  if (environment['REDIS_URL'] || namesRedis(environment['CONFIG_FILE'])) {
    const problem = await unlessStopped(reachRedis(settings.redis_url), stop)
    return { url: settings.redis_url, label: withoutPassword(settings.redis_url), problem }
  }
  const { url, pid, dataDir, broken } = await stack.startRedis('redis')
  return { url, label: `private (pid ${pid}), keeps its data in ${shownPath(cwd, dataDir)}`, broken }
}

// The settings alone don't tell a default from a choice. They are valid by now.
function namesRedis(file: string | undefined): boolean {
  if (!file || !existsSync(file)) return false
  const tree = parse(readFileSync(file, 'utf8')) as { redis_url?: unknown } | null
  return tree?.redis_url !== undefined
}

function noteTo({ stdout }: Host): (line: string) => void {
  return (line) => stdout.say(`${stdout.colors.yellow('•')} ${line}`)
}

/** Whether there is anything to read: accounts that are named, or that the workers find. */
function namesAccounts({ aws_accounts, aws, azure_accounts, azure, gcp_projects, gcp }: Settings): boolean {
  const named = [aws_accounts, azure_accounts, gcp_projects, gcp.scopes, aws.aggregators, azure.management_groups ?? []]
  return named.flat().length > 0 || aws.organization !== undefined || azure.all_subscriptions
}

/** Where artifacts go, as people say it. */
function deliveredTo(settings: Settings, cwd: string): string {
  const { transport } = settings
  const folder = artifactsFolder(settings, cwd)
  if (folder !== null) return shownPath(cwd, folder)
  return transport.type === 'http' ? `posted to ${new URL(transport.endpoint_url).host}` : transport.type
}

interface Surroundings {
  readonly redis: string
  readonly logs: string
  readonly config: string | undefined
  /** Why artifacts can't be delivered. */
  readonly unwritable: string | null
}

function welcome(
  { url, workers }: RunningStack,
  settings: Settings,
  { redis, logs, config, unwritable: problem }: Surroundings,
  host: Host,
): string[] {
  const { bold, dim, yellow, green } = host.stdout.colors
  const key = settings.api.keys.length > 0 ? " -H 'X-API-Key: …'" : ''
  const rows = [
    ['API', url],
    ['Dashboard', `${url}/admin/queues`],
    ['Workers', `${workers.pids().length} (pid ${workers.pids().join(', ')})`],
    ['Redis', redis],
    ['Artifacts', deliveredTo(settings, host.cwd) + (problem === null ? '' : `: ${problem}`)],
    ['Logs', logs],
  ] as const
  const mark = (name: string) => (name === 'Artifacts' && problem !== null ? `${yellow('!')} ` : '  ')
  return [
    `${green('✔')} ${bold('Cloud Artifact Extractor is up')}`,
    '',
    ...rows.map(([name, value]) => `${mark(name)}${dim(name.padEnd(11))}${value}`),
    '',
    ...(!namesAccounts(settings)
      ? [
          config === undefined
            ? `  ${yellow('No accounts are configured')}: give --config FILE, or see it work with ${bold(`${host.command} demo`)}.`
            : `  ${yellow(`${shownPath(host.cwd, config)} names no accounts`)}: add them to it, as examples/cae.yaml does, or see it work with ${bold(`${host.command} demo`)}.`,
        ]
      : [
          `  Submit     curl -X POST${key} '${url}/extraction/extract'`,
          `  or         ${hintOf(host, { api: url })('extract')}`,
        ]),
    '',
    dim('  Ctrl-C stops everything.'),
  ]
}
