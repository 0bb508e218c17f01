/** The IANA time zones that there are, without the older names that some of them have too. */
export const TIME_ZONES: readonly string[] = ['UTC', ...Intl.supportedValuesOf('timeZone')]

/** The proper spelling of a time zone in any letter case; what is known by an older name keeps that. Undefined where it is none. */
export function timeZoneName(given: string): string | undefined {
  try {
    const { timeZone } = Intl.DateTimeFormat('en', { timeZone: given }).resolvedOptions()
    return timeZone.toLowerCase() === given.toLowerCase() ? timeZone : given
  } catch {
    return undefined
  }
}
