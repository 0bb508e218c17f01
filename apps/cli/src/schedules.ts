import type { ApiClient } from './api/client.ts'
import type { ScheduleDetail } from './api/views.ts'
import { EXIT } from './exit-code.ts'
import { hintOf } from './hint.ts'
import type { Host } from './host.ts'
import { counted, relative } from './text/quantity.ts'
import { requestText } from './text/request-text.ts'
import type { ShowOptions } from './show-options.ts'
import { table } from './text/table.ts'
import type { Terminal } from './text/terminal.ts'
import { sayWarnings } from './text/warnings.ts'
import { wrapped } from './text/wrapped.ts'

export async function listSchedules(client: ApiClient, options: ShowOptions, host: Host): Promise<number> {
  const { stdout: terminal } = host
  const schedules = await client.schedules()
  if (options.json) terminal.say(JSON.stringify({ schedules }))
  else if (schedules.length === 0)
    terminal.say(`No schedules. Make one with: ${hintOf(host, options)('schedules create NAME CRON')}`)
  else for (const line of schedulesTable(schedules, terminal, Date.now())) terminal.say(line)
  return EXIT.complete
}

export function schedulesTable(schedules: readonly ScheduleDetail[], terminal: Terminal, now: number): string[] {
  const columns = [
    { head: 'Schedule', whole: true },
    { head: 'Cron' },
    { head: 'Time zone' },
    { head: 'Next run', align: 'right' },
    { head: 'Last run', align: 'right' },
    { head: 'Last job', whole: true },
  ] as const
  const rows = schedules.map((schedule) => [
    schedule.name,
    schedule.cron_expression,
    schedule.timezone,
    nextRun(schedule, terminal, now),
    relative(schedule.last_run, now),
    schedule.last_job_id ?? '–',
  ])
  const wanted = schedules.map((schedule) => wrapped('  ', wantedText(schedule), terminal, terminal.colors.dim))
  return table(columns, rows, terminal, wanted)
}

function wantedText({ request, skipped }: ScheduleDetail): string {
  const left = skipped > 0 ? `; ${counted(skipped, 'run')} left out, since the one before had not ended` : ''
  return requestText(request) + left
}

function nextRun({ paused, next_run }: ScheduleDetail, { colors }: Terminal, now: number): string {
  if (paused) return colors.yellow('paused')
  return next_run !== null && Date.parse(next_run) <= now ? 'now' : relative(next_run, now)
}

export async function createSchedule(
  client: ApiClient,
  schedule: object,
  json: boolean | undefined,
  { stdout: terminal, stderr }: Host,
): Promise<number> {
  const created = await client.createSchedule(schedule)
  sayWarnings(stderr, created.warnings)
  if (json) terminal.say(JSON.stringify(created))
  else {
    terminal.say(`Schedule ${created.name}: first run ${nextText(created)}`)
    terminal.say(`  ${requestText(created.request)}. A run that is due while the one before goes on is left out.`)
  }
  return EXIT.complete
}

export async function deleteSchedule(client: ApiClient, name: string, json: boolean | undefined, terminal: Terminal) {
  await client.deleteSchedule(name)
  terminal.say(json ? JSON.stringify({ name, deleted: true }) : `Schedule ${name} is deleted`)
  return EXIT.complete
}

export async function pauseSchedule(
  client: ApiClient,
  name: string,
  paused: boolean,
  json: boolean | undefined,
  terminal: Terminal,
): Promise<number> {
  const schedule = await client.setSchedulePaused(name, paused)
  const text = paused ? `Schedule ${name} is paused` : `Schedule ${name} goes on: next run ${nextText(schedule)}`
  terminal.say(json ? JSON.stringify(schedule) : text)
  return EXIT.complete
}

function nextText({ next_run }: ScheduleDetail): string {
  if (next_run === null) return 'never'
  const now = Date.now()
  return `${Date.parse(next_run) <= now ? 'now' : relative(next_run, now)} (${next_run})`
}
