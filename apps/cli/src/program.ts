import { OUTCOMES, PROVIDER_NAMES, type Outcome } from '@cae/core'
import { RUN_STATUSES, SettingsError } from '@cae/runtime'
import { Command, CommanderError, Option } from 'commander'
import { apiClient, ApiProblem, type ApiClient } from './api-client.ts'
import { demo, type DemoOptions } from './demo.ts'
import { EXIT, EXIT_HELP } from './exit-code.ts'
import { extract } from './extract.ts'
import type { Host } from './host.ts'
import { Interrupted } from './interrupted.ts'
import { listJobs, listTasks, showJob } from './jobs.ts'
import { label, list, url, wholeNumber, type Labels } from './option-values.ts'
import { createSchedule, deleteSchedule, listSchedules, pauseSchedule } from './schedules.ts'
import { up, type UpOptions } from './up.ts'

const DEFAULT_API = 'http://127.0.0.1:8000'

/** Runs one command; gives the exit code. Never throws. */
export async function runCli(argv: readonly string[], host: Host): Promise<number> {
  let code: number = EXIT.complete
  const program = createProgram(host, (result) => {
    code = result
  })
  try {
    await program.parseAsync(withDefaultCommand(argv), { from: 'user' })
    return code
  } catch (error) {
    return report(error, host)
  }
}

// `cae jobs` lists them. Not a default command of commander's, which would take a mistyped command for an argument.
function withDefaultCommand([first, second, ...rest]: readonly string[]): string[] {
  const given = [first, second].filter((word) => word !== undefined)
  const lists = first === 'jobs' || first === 'schedules'
  const bare = second === undefined || (second.startsWith('-') && second !== '--help' && second !== '-h')
  return lists && bare ? [first, 'list', ...given.slice(1), ...rest] : [...given, ...rest]
}

function report(error: unknown, { stderr }: Host): number {
  const mark = stderr.colors.red('cae:')
  // Commander has said what is wrong.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.complete : EXIT.usage
  if (error instanceof Interrupted) return EXIT.interrupted
  if (error instanceof ApiProblem) for (const line of error.lines) stderr.say(`${mark} ${line}`)
  else if (error instanceof SettingsError) stderr.say(`${mark} ${error.message}`)
  else stderr.say(`${mark} ${error instanceof Error ? error.message : String(error)}`)
  return EXIT.failure
}

type Finish = (code: number) => void

function createProgram(host: Host, finish: Finish): Command {
  const program = new Command('cae')
    .description('What exists in all our clouds, exactly, and what could we not see?')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void host.stdout.stream.write(text),
      writeErr: (text) => void host.stderr.stream.write(text),
      getOutHelpWidth: () => host.stdout.columns,
      getErrHelpWidth: () => host.stderr.columns,
      getOutHasColors: () => host.stdout.colors.isColorSupported,
      getErrHasColors: () => host.stderr.colors.isColorSupported,
    })
    .showHelpAfterError('(--help shows what can be given)')
    .addHelpText(
      'after',
      `${examples('cae demo', 'cae up --workers 2', 'cae extract --services ec2,storage')}${EXIT_HELP}`,
    )
  addUp(program, host, finish)
  addDemo(program, host, finish)
  addExtract(program, host, finish)
  addJobs(program, host, finish)
  addSchedules(program, host, finish)
  return program
}

function addUp(program: Command, host: Host, finish: Finish): void {
  program
    .command('up')
    .description('start Redis (a private one unless REDIS_URL is set), the API and workers on this machine')
    .option('--workers <n>', 'worker processes', wholeNumber(1, 64), 2)
    .option('--port <port>', 'port of the API (default: 8000, or what the settings say)', wholeNumber(1, 65_535))
    .option('--config <file>', 'settings, in YAML (default: what CONFIG_FILE names)')
    .option('--data <folder>', 'where the private Redis and the logs are', '.data')
    .option('--verbose', "show the processes' own logs", false)
    .addHelpText('after', examples('cae up', 'cae up --config cae.yaml --workers 4', 'cae up --port 8080 --verbose'))
    .action(async (options: UpOptions) => finish(await up(options, host)))
}

function addDemo(program: Command, host: Host, finish: Finish): void {
  program
    .command('demo')
    .description('the whole job on simulated clouds: start, extract, show, verify, stop')
    .option('--resources <n>', 'resources in all three clouds together', wholeNumber(10, 5_000_000), 20_000)
    .option('--workers <n>', 'worker processes', wholeNumber(1, 64), 2)
    .option('--keep', 'leave it running afterwards, until Ctrl-C', false)
    .option('--kill-worker', 'kill -9 a worker in the middle, and see that nothing is lost', false)
    .option('--latency <ms>', 'how long each answer of the clouds takes', wholeNumber(0, 60_000), 10)
    .option('--quotas', 'the clouds enforce their real quotas (default)', true)
    .option('--no-quotas', 'the clouds answer as often as they are asked')
    .option('--seed <n>', 'what the estate is drawn from', wholeNumber(0, 2 ** 31), 1)
    .addOption(
      new Option('--transport <type>', 'files, or nothing').choices(['filesystem', 'null']).default('filesystem'),
    )
    .option('--out <folder>', 'where the artifacts go (default: artifacts, in the data folder)')
    .option('--data <folder>', 'where settings, logs and artifacts go', '.data/demo')
    .option('--verbose', "show the processes' own logs", false)
    .addHelpText(
      'after',
      examples('cae demo', 'cae demo --keep', 'cae demo --resources 200000 --workers 4 --no-quotas'),
    )
    .action(async (options: DemoOptions) => finish(await demo(options, host)))
}

interface ApiOptions {
  readonly api?: string
  readonly apiKey?: string
  readonly json: boolean
}

function withApi(command: Command): Command {
  return command
    .option('--api <url>', `the API (default: CAE_API_URL, or ${DEFAULT_API})`, url)
    .option('--api-key <key>', 'its key (default: CAE_API_KEY)')
    .option('--json', 'JSON for programs', false)
}

function clientOf({ api, apiKey }: ApiOptions, { environment }: Host): ApiClient {
  return apiClient({
    url: api ?? (environment['CAE_API_URL'] || DEFAULT_API),
    key: apiKey ?? (environment['CAE_API_KEY'] || undefined),
  })
}

interface RequestOptions {
  readonly provider?: string[]
  readonly services?: string[]
  readonly regions?: string[]
  readonly accounts?: string[]
  readonly filterLabel?: Labels
  readonly filterType?: string[]
  readonly batchSize?: number
}

function withRequest(command: Command): Command {
  return command
    .option('--provider <names>', `of ${PROVIDER_NAMES.join(', ')} (default: all that are configured)`, list)
    .option('--services <names>', 'such as ec2,s3,compute,storage', list)
    .option('--regions <names>', 'such as us-east-1,westeurope', list)
    .option('--accounts <ids>', 'accounts, subscriptions, projects', list)
    .option('--filter-label <name=value>', 'only resources with this label; may be repeated', label)
    .option('--filter-type <globs>', "only these types, such as 'aws:ec2:*'", list)
    .option('--batch-size <n>', 'artifacts in a batch', wholeNumber(1, 10_000))
}

// Only what was given: the rest is the API's to fill in.
function requestOf({ provider, services, regions, accounts, filterLabel, filterType, batchSize }: RequestOptions) {
  const filters = { ...(filterLabel && { labels: filterLabel }), ...(filterType && { resource_types: filterType }) }
  return {
    ...(provider && { providers: provider }),
    ...(services && { services }),
    ...(regions && { regions }),
    ...(accounts && { accounts }),
    ...(Object.keys(filters).length > 0 && { filters }),
    ...(batchSize !== undefined && { batch_size: batchSize }),
  }
}

function addExtract(program: Command, host: Host, finish: Finish): void {
  withApi(withRequest(program.command('extract')))
    .description('submit an extraction, follow it and show what it found')
    .option('--no-wait', 'submit it and leave')
    .addHelpText(
      'after',
      examples(
        'cae extract',
        'cae extract --services ec2,s3,compute,storage',
        'cae extract --provider aws --regions us-east-1 --filter-label env=prod --json',
      ) + EXIT_HELP,
    )
    .action(async (options: ApiOptions & RequestOptions & { wait: boolean }) =>
      finish(await extract(clientOf(options, host), requestOf(options), options, host)),
    )
}

function addJobs(program: Command, host: Host, finish: Finish): void {
  const { stdout } = host
  const jobs = program
    .command('jobs')
    .description('list jobs, or show one and its slices')
    .addHelpText(
      'after',
      examples('cae jobs', 'cae jobs --status partial', 'cae jobs show ID', 'cae jobs tasks ID --outcome denied'),
    )
  withApi(jobs.command('list'))
    .description('the newest jobs (also without `list`)')
    .addOption(new Option('--status <status>', 'only these').choices(RUN_STATUSES))
    .option('--limit <n>', 'how many', wholeNumber(1, 1000), 20)
    .addHelpText('after', examples('cae jobs', 'cae jobs list --status running --limit 5'))
    .action(async (options: ApiOptions & { limit: number; status?: string }) =>
      finish(await listJobs(clientOf(options, host), options, options.json, stdout)),
    )
  withApi(jobs.command('show <id>'))
    .description('one job: status, resources, outcomes, problems')
    .addHelpText('after', examples('cae jobs show ID', 'cae jobs show ID --json'))
    .action(async (id: string, options: ApiOptions) =>
      finish(await showJob(clientOf(options, host), id, options.json, stdout)),
    )
  withApi(jobs.command('tasks <id>'))
    .description('the slices of a job with their outcomes')
    .addOption(new Option('--outcome <outcome>', 'only these').choices(OUTCOMES))
    .addHelpText('after', examples('cae jobs tasks ID', 'cae jobs tasks ID --outcome denied'))
    .action(async (id: string, options: ApiOptions & { outcome?: Outcome }) =>
      finish(await listTasks(clientOf(options, host), id, options.outcome, options.json, stdout)),
    )
}

function addSchedules(program: Command, host: Host, finish: Finish): void {
  const { stdout } = host
  const schedules = program
    .command('schedules')
    .description('list, create, pause, resume and delete schedules')
    .addHelpText(
      'after',
      examples(
        'cae schedules',
        "cae schedules create nightly '0 2 * * *' --timezone Europe/Berlin",
        'cae schedules pause nightly',
      ),
    )
  withApi(schedules.command('list'))
    .description('all schedules (also without `list`)')
    .addHelpText('after', examples('cae schedules', 'cae schedules list --json'))
    .action(async (options: ApiOptions) => finish(await listSchedules(clientOf(options, host), options.json, stdout)))
  withApi(withRequest(schedules.command('create <name> <cron>')))
    .description('run an extraction again and again, such as at "0 2 * * *"')
    .option('--timezone <zone>', 'an IANA time zone', 'UTC')
    .addHelpText(
      'after',
      examples(
        "cae schedules create nightly '0 2 * * *' --services ec2,s3",
        'cae schedules create hourly @hourly --provider aws',
      ),
    )
    .action(async (name: string, cron: string, options: ApiOptions & RequestOptions & { timezone: string }) => {
      const schedule = { name, cron_expression: cron, timezone: options.timezone, ...requestOf(options) }
      finish(await createSchedule(clientOf(options, host), schedule, options.json, stdout))
    })
  withApi(schedules.command('delete <name>'))
    .description('delete a schedule; its jobs stay')
    .addHelpText('after', examples('cae schedules delete nightly'))
    .action(async (name: string, options: ApiOptions) =>
      finish(await deleteSchedule(clientOf(options, host), name, options.json, stdout)),
    )
  for (const [action, paused] of [
    ['pause', true],
    ['resume', false],
  ] as const) {
    withApi(schedules.command(`${action} <name>`))
      .description(paused ? 'keep a schedule from running' : 'let a paused schedule run again')
      .addHelpText('after', examples(`cae schedules ${action} nightly`))
      .action(async (name: string, options: ApiOptions) =>
        finish(await pauseSchedule(clientOf(options, host), name, paused, options.json, stdout)),
      )
  }
}

function examples(...lines: string[]): string {
  return ['', `Example${lines.length > 1 ? 's' : ''}:`, ...lines.map((line) => `  ${line}`)].join('\n')
}
