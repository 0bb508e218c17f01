import type { ApiClient } from './api-client.ts'
import { EXIT, exitCodeOf } from './exit-code.ts'
import { follow } from './follow.ts'
import { hintOf } from './hint.ts'
import type { Host } from './host.ts'
import { Interrupted } from './interrupted.ts'
import { noProgress, progressView } from './progress.ts'
import { gapsOf } from './reasons.ts'
import { summary } from './summary.ts'

const POLL_MS = 250

export interface ExtractOptions {
  readonly api?: string
  readonly wait: boolean
  readonly json?: boolean
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
  const hint = hintOf(host, options)
  const accepted = await client.submit(request)
  const { job_id: jobId, warnings = [] } = accepted
  for (const { field, message } of warnings) host.stderr.say(`${host.stderr.colors.yellow('!')} ${field}: ${message}`)
  if (!wait) {
    terminal.say(
      json ? JSON.stringify(accepted) : `Job ${jobId} is queued. Follow it with: ${host.command} jobs show ${jobId}`,
    )
    return EXIT.complete
  }
  if (!json) terminal.say(`Job ${terminal.colors.bold(jobId)}`)
  const progress = json ? noProgress : progressView(terminal)
  const { stop } = host.interrupts()
  try {
    const job = await follow({ client, jobId, everyMs: POLL_MS, stop, onJob: (seen) => progress.show(seen) })
    progress.stop()
    if (json) terminal.say(JSON.stringify(job))
    else {
      const lines = summary(job, terminal, { gaps: await gapsOf(client, job), hint })
      for (const line of ['', ...lines, `${terminal.colors.dim('·')} Status     ${job.status}`]) terminal.say(line)
    }
    return exitCodeOf(job.status)
  } catch (error) {
    progress.stop()
    if (error instanceof Interrupted) {
      host.stderr.say(`The job goes on without us. Follow it with: ${host.command} jobs show ${jobId}`)
    }
    throw error
  }
}
