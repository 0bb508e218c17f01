import { Option, type Command } from 'commander'
import { DATA_FOLDERS } from '../stack/artifacts-folder.ts'
import type { DemoOptions } from '../demo/options.ts'
import { demo } from '../demo/demo.ts'
import type { Host } from '../host.ts'
import { wholeNumber } from './option-values.ts'
import { examples, type Finish } from './options.ts'

export function addDemo(program: Command, host: Host, finish: Finish): void {
  program
    .command('demo')
    .description('the whole job on simulated clouds: start, extract, show, verify, stop')
    .option('--resources <n>', 'resources in all three clouds together', wholeNumber(10, 5_000_000), 20_000)
    .option('--workers <n>', 'worker processes', wholeNumber(1, 64), 2)
    .option('--keep', 'leave it running afterwards, until Ctrl-C')
    .option('--kill-worker', 'kill -9 a worker in the middle, and see that nothing is lost')
    .option('--gaps', 'the clouds deny an account and lose a page, and the run must say so')
    .option('--latency <ms>', 'how long each answer of the clouds takes', wholeNumber(0, 60_000), 10)
    .option('--no-quotas', 'the clouds answer as often as they are asked')
    .option('--quotas', 'the clouds enforce their real quotas (default)')
    .option('--seed <n>', 'what the estate is drawn from', wholeNumber(0, 2 ** 31), 1)
    .addOption(
      new Option('--transport <type>', 'files, or nothing').choices(['filesystem', 'null']).default('filesystem'),
    )
    .option('--out <folder>', 'where the artifacts go (default: below --data)')
    .option('--data <folder>', 'where settings, logs and artifacts go', DATA_FOLDERS.demo)
    .option('--verbose', "show the processes' own logs")
    .addHelpText(
      'after',
      examples('cae demo', 'cae demo --keep', 'cae demo --gaps', 'cae demo --resources 200000 --workers 4 --no-quotas'),
    )
    .action(async (options: DemoOptions) => finish(await demo(options, host)))
}
