import { join } from 'node:path'
import { PROVIDER_NAMES } from '@cae/core'
import type { JobDetail } from '../api/views.ts'
import { countDelivered } from './delivered.ts'
import { PROVIDER_LABELS } from '../text/labels.ts'
import { type Expected } from '../text/progress.ts'
import { count, counted } from '../text/quantity.ts'

export interface Verification {
  /** Every resource that exists was delivered. */
  readonly whole: boolean
  readonly text: string
  readonly files: number
}

/** Holds what was delivered, counted in the files where there are some, against what exists. */
export async function verify(job: JobDetail, truth: Expected, folder: string | null): Promise<Verification> {
  const missing: string[] = []
  const sums = { delivered: 0, expected: 0, files: 0 }
  for (const provider of PROVIDER_NAMES) {
    const expected = truth[provider] ?? 0
    const reported = job.by_provider[provider]?.artifacts ?? 0
    const { resources, files } =
      folder === null ? { resources: reported, files: 0 } : await countDelivered(join(folder, provider))
    sums.delivered += resources
    sums.expected += expected
    sums.files += files
    if (resources !== expected) missing.push(`${PROVIDER_LABELS[provider]} ${count(resources)} of ${count(expected)}`)
  }
  const where = folder === null ? 'delivered' : 'in the files'
  const all = `${count(sums.delivered)} of ${counted(sums.expected, 'resource')} ${where}`
  const whole = missing.length === 0
  return { whole, text: whole ? `${all}, nothing lost` : `${all}: ${missing.join(', ')}`, files: sums.files }
}
