import type { Command } from 'commander'
import type { Host } from '../host.ts'
import { createSchedule, deleteSchedule, listSchedules, pauseSchedule } from '../schedules.ts'
import {
  clientOf,
  examples,
  requestOf,
  withApi,
  withRequest,
  type ApiOptions,
  type Finish,
  type RequestOptions,
} from './options.ts'

export function addSchedules(program: Command, host: Host, finish: Finish): void {
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
    .action(async (options: ApiOptions) => finish(await listSchedules(clientOf(options, host), options, host)))
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
      finish(await createSchedule(clientOf(options, host), schedule, options.json, host))
    })
  withApi(schedules.command('delete <name>').alias('remove'))
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
