import type { ApiClient } from './api/client.ts'
import type { JobDetail } from './api/views.ts'
import { filesOf } from './stack/artifacts-folder.ts'
import { EXIT, exitCodeOf } from './exit-code.ts'
import { follow } from './api/follow.ts'
import { hintOf } from './hint.ts'
import type { Host } from './host.ts'
import { Interrupted } from './interrupted.ts'
import { notesView, progressView } from './text/progress.ts'
import { gapsOf } from './text/reasons.ts'
import type { ShowOptions } from './show-options.ts'
import { summary } from './text/summary.ts'

const POLL_MS = 250

/** Follows a job to its end and prints what it found. Gives the exit code. */
export async function watch(client: ApiClient, jobId: string, options: ShowOptions, host: Host): Promise<number> {
  const { json } = options
  const { stdout: terminal, stderr } = host
  const hint = hintOf(host, options)
  const progress = json ? notesView(stderr, hint) : progressView(terminal, hint)
  const { stop } = host.interrupts()
  let away = false
  const onAway = () => {
    away = true
    progress.note(`The API at ${client.url} does not answer; we wait a minute for it …`)
  }
  const onJob = (seen: JobDetail) => {
    away = false
    progress.show(seen)
  }
  try {
    const job = await follow({ client, jobId, everyMs: POLL_MS, stop, onJob, onAway })
    progress.stop()
    if (json) terminal.say(JSON.stringify(job))
    else {
      const lines = summary(job, terminal, { gaps: await gapsOf(client, job), hint })
      const files = filesOf(jobId, host)
      const dot = terminal.colors.dim('·')
      const ends = [...(files ? [`${dot} Files      ${files}`] : []), `${dot} Status     ${job.status}`]
      for (const line of ['', ...lines, ...ends]) terminal.say(line)
    }
    return exitCodeOf(job.status)
  } catch (error) {
    progress.stop()
    if (!(error instanceof Interrupted)) throw error
    // Its workers may be gone with the API.
    const goesOn = away
      ? 'The job is left, and whether it goes on the API does not say.'
      : 'The job goes on without us.'
    stderr.say(`${goesOn} Follow it with: ${hint(`jobs follow ${jobId}`)}`)
    return EXIT.interrupted
  }
}
