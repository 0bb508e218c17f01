import type { Command } from 'commander'
import { check } from '../check/check.ts'
import { EXIT_HELP } from '../exit-code.ts'
import type { Host } from '../host.ts'
import {
  clientOf,
  examples,
  selectionOf,
  withApi,
  withSelection,
  type ApiOptions,
  type Finish,
  type SelectionOptions,
} from './options.ts'

export function addCheck(program: Command, host: Host, finish: Finish): void {
  withApi(withSelection(program.command('check')))
    .description('try credentials, permissions and states, and estimate a full run; extracts nothing')
    .addHelpText(
      'after',
      examples('cae check', 'cae check --provider aws --regions us-east-1', 'cae check --json') + EXIT_HELP,
    )
    .action(async (options: ApiOptions & SelectionOptions) =>
      finish(await check(clientOf(options, host), selectionOf(options), options.json, host)),
    )
}
