import type { Command } from 'commander'
import { DATA_FOLDERS } from '../stack/artifacts-folder.ts'
import type { Host } from '../host.ts'
import { up, type UpOptions } from '../up.ts'
import { wholeNumber } from './option-values.ts'
import { examples, type Finish } from './options.ts'

export function addUp(program: Command, host: Host, finish: Finish): void {
  program
    .command('up')
    .description('start Redis (a private one unless REDIS_URL is set), the API and workers on this machine')
    .option('--workers <n>', 'worker processes', wholeNumber(1, 64), 2)
    .option('--port <port>', 'port of the API (default: 8000, or what the settings say)', wholeNumber(1, 65_535))
    .option('--config <file>', 'settings, in YAML (default: what CONFIG_FILE names)')
    .option('--data <folder>', 'where the private Redis and the logs are', DATA_FOLDERS.up)
    .option('--verbose', "show the processes' own logs")
    .addHelpText('after', examples('cae up', 'cae up --config cae.yaml --workers 4', 'cae up --port 8080 --verbose'))
    .action(async (options: UpOptions) => finish(await up(options, host)))
}
