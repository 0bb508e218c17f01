import type { ApiClient } from './api-client.ts'
import type { JobDetail } from './api-views.ts'
import { EXIT, exitCodeOf } from './exit-code.ts'
import { follow } from './follow.ts'
import { hintOf } from './hint.ts'
import type { Host } from './host.ts'
import { Interrupted } from './interrupted.ts'
import { noProgress, progressView, type ProgressView } from './progress.ts'
import { gapsOf } from './reasons.ts'
import { summary } from './summary.ts'

const POLL_MS = 250
/** A worker that is up takes a run within a second. */
const TAKEN_WITHIN_MS = 5000

export interface WatchOptions {
  readonly api?: string
  readonly json?: boolean
}

/** Follows a job to its end and prints what it found. Gives the exit code. */
export async function watch(client: ApiClient, jobId: string, options: WatchOptions, host: Host): Promise<number> {
  const { json } = options
  const { stdout: terminal, stderr } = host
  const hint = hintOf(host, options)
  const progress = json ? { ...noProgress, note: (line: string) => stderr.say(line) } : progressView(terminal)
  const waiting = noteWaiting(progress, hint('check'))
  const { stop } = host.interrupts()
  const onJob = (job: JobDetail) => {
    progress.show(job)
    waiting(job)
  }
  const onAway = () => progress.note(`The API at ${client.url} does not answer; the job goes on, and we wait for it …`)
  try {
    const job = await follow({ client, jobId, everyMs: POLL_MS, stop, onJob, onAway })
    progress.stop()
    if (json) terminal.say(JSON.stringify(job))
    else {
      const lines = summary(job, terminal, { gaps: await gapsOf(client, job), hint })
      for (const line of ['', ...lines, `${terminal.colors.dim('·')} Status     ${job.status}`]) terminal.say(line)
    }
    return exitCodeOf(job.status)
  } catch (error) {
    progress.stop()
    if (!(error instanceof Interrupted)) throw error
    stderr.say(`The job goes on without us. Follow it with: ${hint(`jobs follow ${jobId}`)}`)
    return EXIT.interrupted
  }
}

/** Says once that nobody has taken a job up, where that takes long. */
function noteWaiting(progress: ProgressView, check: string): (job: JobDetail) => void {
  const since = Date.now()
  let said = false
  return ({ status }) => {
    if (said || status !== 'queued' || Date.now() - since < TAKEN_WITHIN_MS) return
    said = true
    progress.note(`No worker has taken it up yet: none is up, or all are busy. Ask them with: ${check}`)
  }
}
