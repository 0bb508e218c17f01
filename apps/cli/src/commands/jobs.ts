import { OUTCOMES, type Outcome } from '@cae/core'
import { RUN_STATUSES } from '@cae/runtime'
import { Option, type Command } from 'commander'
import { EXIT_HELP } from '../exit-code.ts'
import { showCoverage } from '../coverage.ts'
import type { Host } from '../host.ts'
import { listJobs, showJob } from '../jobs.ts'
import { watch } from '../watch.ts'
import { wholeNumber } from './option-values.ts'
import { clientOf, examples, withApi, type ApiOptions, type Finish } from './options.ts'

export function addJobs(program: Command, host: Host, finish: Finish): void {
  const jobs = program
    .command('jobs')
    .description('list jobs, follow one, or show what it found and covered; alone as `list`, with its options')
    .addHelpText(
      'after',
      examples('cae jobs', 'cae jobs --status partial', 'cae jobs follow ID', 'cae jobs coverage ID --outcome denied'),
    )
  withApi(jobs.command('list'))
    .description('the newest jobs (also without `list`)')
    .addOption(
      new Option('--status <status>', 'only these').choices(RUN_STATUSES.filter((status) => status !== 'cancelled')),
    )
    .option('--limit <n>', 'how many', wholeNumber(1, 1000), 20)
    .addHelpText('after', examples('cae jobs', 'cae jobs list --status running --limit 5'))
    .action(async (options: ApiOptions & { limit: number; status?: string }) =>
      finish(await listJobs(clientOf(options, host), options, host)),
    )
  withApi(jobs.command('show <id>'))
    .description('one job: status, resources, outcomes, problems')
    .addHelpText('after', examples('cae jobs show ID', 'cae jobs show ID --json'))
    .action(async (id: string, options: ApiOptions) =>
      finish(await showJob(clientOf(options, host), id, options, host)),
    )
  withApi(jobs.command('follow <id>'))
    .description('watch a job to its end, as `extract` does; leaving it does not stop it')
    .addHelpText('after', examples('cae jobs follow ID') + EXIT_HELP)
    .action(async (id: string, options: ApiOptions) => finish(await watch(clientOf(options, host), id, options, host)))
  withApi(jobs.command('coverage <id>'))
    .description('what a job covered: its slices with their outcomes and the counts that prove them')
    .addOption(
      new Option('--outcome <outcome>', 'only these').choices(OUTCOMES.filter((outcome) => outcome !== 'cancelled')),
    )
    .addHelpText('after', examples('cae jobs coverage ID', 'cae jobs coverage ID --outcome denied'))
    .action(async (id: string, options: ApiOptions & { outcome?: Outcome }) =>
      finish(await showCoverage(clientOf(options, host), id, options, host)),
    )
}
