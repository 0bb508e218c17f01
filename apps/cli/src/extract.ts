import type { ApiClient } from './api/client.ts'
import { EXIT } from './exit-code.ts'
import { hintOf } from './hint.ts'
import type { Host } from './host.ts'
import type { ShowOptions } from './show-options.ts'
import { sayWarnings } from './text/warnings.ts'
import { watch } from './watch.ts'

export interface ExtractOptions extends ShowOptions {
  readonly wait: boolean
}

/** Submits a request, follows the job and prints what it found. */
export async function extract(
  client: ApiClient,
  request: object,
  options: ExtractOptions,
  host: Host,
): Promise<number> {
  const { wait, json } = options
  const { stdout: terminal } = host
  const accepted = await client.submit(request)
  const { job_id: jobId, warnings } = accepted
  sayWarnings(host.stderr, warnings)
  if (!wait) {
    const follow = hintOf(host, options)(`jobs follow ${jobId}`)
    terminal.say(json ? JSON.stringify(accepted) : `Job ${jobId} is queued. Follow it with: ${follow}`)
    return EXIT.complete
  }
  if (!json) terminal.say(`Job ${terminal.colors.bold(jobId)}`)
  return watch(client, jobId, options, host)
}
