import { PROVIDER_NAMES, type ProviderName } from '@cae/core'
import type { JobDetail, WaitDetail } from '../api/views.ts'
import { typedHere, type Hint } from '../hint.ts'
import { PROVIDER_LABELS } from './labels.ts'
import { counted } from './quantity.ts'

/** What stands still for less than that is no news. */
const SILENCE_MS = 5000
const AGAIN_MS = 60_000

/** Tells why a job stands still, and what to do: for each provider once it has, and again each minute. */
export function waitingReasons(hint: Hint): (job: JobDetail, now: number) => string[] {
  const moved = new Map<string, { readonly seen: string; readonly at: number }>()
  const told = new Map<string, number>()
  const isStill = (what: string, seen: string, now: number) => {
    const last = moved.get(what)
    if (last?.seen === seen) return now - last.at >= SILENCE_MS
    moved.set(what, { seen, at: now })
    return false
  }
  const once = (line: string, key: string, now: number) => {
    if (now - (told.get(key) ?? -Infinity) < AGAIN_MS) return []
    told.set(key, now)
    return [line]
  }
  return (job, now) => {
    if (isStill('job', job.status, now) && job.status === 'queued') {
      const why = 'none is up, all are busy, or they have another REDIS_URL'
      const line = `no worker has taken the job up yet: ${why}. Ask them with: ${hint('check')}`
      return once(line, 'queued', now)
    }
    return [...PROVIDER_NAMES, null].flatMap((provider) => {
      const waits = job.waiting.filter((wait) => wait.provider === provider)
      const still = isStill(String(provider), progressOf(job, provider), now)
      return still
        ? waits.flatMap((wait) => once(typedHere(waitLine(wait), hint), `${provider} ${wait.code}`, now))
        : []
    })
  }
}

function progressOf({ by_provider, progress }: JobDetail, provider: ProviderName | null): string {
  if (provider === null) return String(progress.ended)
  const { artifacts, ended, slices } = by_provider[provider] ?? {}
  return [artifacts, ended, slices].join(' ')
}

/** `Azure waits for its quota, next at 16:13:02 (3 slices): … → …` */
export function waitLine({ provider, code, count, message, advice, until, example_task_id }: WaitDetail): string {
  const who = provider ? PROVIDER_LABELS[provider] : 'The manifest'
  const many = example_task_id === null ? '' : ` (${counted(count, 'slice')})`
  if (code === 'SETTINGS_MISSING') return `${who} waits for a worker that has it${many}: ${message} → ${advice}`
  const when = until === null ? 'soon' : `at ${new Date(until).toLocaleTimeString('en-GB')}`
  const what = code === 'THROTTLED' ? 'waits for its quota' : `is tried again after ${code}`
  return `${who} ${what}, next ${when}${many}: ${message} → ${advice}`
}
