const ISO_MILLIS = 24

/** A time as AWS Config gives it (ISO 8601 in any zone, or seconds since the epoch) in ISO 8601 UTC; null for none. */
export function isoTime(time: string | number | Date | null | undefined): string | null {
  if (time === null || time === undefined || time === '') return null
  if (typeof time === 'string' && time.length === ISO_MILLIS && time.endsWith('Z')) return time
  const date = new Date(typeof time === 'number' ? time * 1000 : time)
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}
