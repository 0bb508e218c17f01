import type { Command } from 'commander'
import { EXIT_HELP } from '../exit-code.ts'
import { extract } from '../extract.ts'
import type { Host } from '../host.ts'
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

export function addExtract(program: Command, host: Host, finish: Finish): void {
  withApi(withRequest(program.command('extract')))
    .description('submit an extraction, follow it and show what it found')
    .option('--no-wait', 'submit it and leave')
    .addHelpText(
      'after',
      examples(
        'cae extract',
        'cae extract --services ec2,s3,compute,storage',
        "cae extract --resource-types 'aws:ec2:*,gcp:compute:instance'",
        'cae extract --provider aws --regions us-east-1 --filter-label env=prod --json',
      ) + EXIT_HELP,
    )
    .action(async (options: ApiOptions & RequestOptions & { wait: boolean }) =>
      finish(await extract(clientOf(options, host), requestOf(options), options, host)),
    )
}
