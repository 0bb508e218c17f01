import type { QuotaReport } from '@cae/core'

interface Headers {
  get(name: string): string | undefined
}

/** What an answer says of the quota; it says so on a refusal too. Undefined where it says nothing. */
export function quotaOf(headers: Headers): QuotaReport | undefined {
  const remaining = Number(headers.get('x-ms-user-quota-remaining') ?? Number.NaN)
  const resetsAfter = millisOf(headers.get('x-ms-user-quota-resets-after'))
  if (!Number.isFinite(remaining) || resetsAfter === undefined) return undefined
  return { remaining, resetsAfter }
}

/** When trying again makes sense after a refusal, in milliseconds. Resource Graph may leave Retry-After out. */
export function retryAfterOf(headers: Headers): number | undefined {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) ? seconds * 1000 : millisOf(headers.get('x-ms-user-quota-resets-after'))
}

// hh:mm:ss
function millisOf(time: string | undefined): number | undefined {
  const parts = time?.split(':').map(Number)
  if (parts?.length !== 3 || !parts.every(Number.isFinite)) return undefined
  const [hours = 0, minutes = 0, seconds = 0] = parts
  return (hours * 3600 + minutes * 60 + seconds) * 1000
}
