import type { ApiClient } from './api-client.ts'
import type { ScheduleDetail } from './api-views.ts'
import { EXIT } from './exit-code.ts'
import { relative } from './quantity.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'

export async function listSchedules(client: ApiClient, json: boolean | undefined, terminal: Terminal): Promise<number> {
  const schedules = await client.schedules()
  if (json) terminal.say(JSON.stringify({ schedules }))
  else if (schedules.length === 0) terminal.say('No schedules. Make one with: cae schedules create NAME CRON')
  else for (const line of schedulesTable(schedules, terminal, Date.now())) terminal.say(line)
  return EXIT.complete
}

export function schedulesTable(schedules: readonly ScheduleDetail[], terminal: Terminal, now: number): string[] {
  const columns = [
    { head: 'Schedule' },
    { head: 'Cron' },
    { head: 'Time zone' },
    { head: 'Next run', align: 'right' },
    { head: 'Last run', align: 'right' },
    { head: 'Last job' },
  ] as const
  const rows = schedules.map((schedule) => [
    schedule.name,
    schedule.cron_expression,
    schedule.timezone,
    schedule.paused ? terminal.colors.yellow('paused') : relative(schedule.next_run, now),
    relative(schedule.last_run, now),
    schedule.last_job_id ?? '-',
  ])
  return table(columns, rows, terminal)
}

export async function createSchedule(
  client: ApiClient,
  schedule: object,
  json: boolean | undefined,
  terminal: Terminal,
): Promise<number> {
  const created = await client.createSchedule(schedule)
  terminal.say(json ? JSON.stringify(created) : `Schedule ${created.name}: first run ${nextText(created)}`)
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
  return next_run === null ? 'never' : `${relative(next_run, Date.now())} (${next_run})`
}
