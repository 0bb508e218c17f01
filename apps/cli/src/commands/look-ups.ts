import { PROVIDER_NAMES } from '@cae/core'
import type { Command } from 'commander'
import type { Host } from '../host.ts'
import { showQuotas } from '../quotas.ts'
import { listServices, type ServicesOptions } from '../services.ts'
import { providers, wholeNumber } from './option-values.ts'
import { clientOf, examples, withApi, type ApiOptions, type Finish } from './options.ts'

export function addLookUps(program: Command, host: Host, finish: Finish): void {
  const { stdout } = host
  withApi(program.command('services [words...]'))
    .description('services that requests can name; with words, those that fit, and their types')
    .option('--provider <names>', `only of these, of ${PROVIDER_NAMES.join(', ')}`, providers)
    .addHelpText('after', examples('cae services', 'cae services storage', 'cae services AWS::EC2 --provider aws'))
    .action(async (words: string[], options: ApiOptions & ServicesOptions) =>
      finish(await listServices(clientOf(options, host), words, options, stdout)),
    )
  withApi(program.command('quotas'))
    .description('the quota budgets in use, which all workers share, the most used first')
    .option('--limit <n>', 'how many', wholeNumber(1, 1000), 20)
    .addHelpText('after', examples('cae quotas', 'cae quotas --limit 100', 'cae quotas --json'))
    .action(async (options: ApiOptions & { limit: number }) =>
      finish(await showQuotas(clientOf(options, host), options, stdout)),
    )
}
