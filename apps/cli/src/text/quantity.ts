/** `1234567` → `1,234,567`. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

/** `1 slice`, `2,000 slices`. */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`
}

/** How many a second: `0.333`, `6.4`, `12,400`. */
export function rate(perSecond: number): string {
  return perSecond >= 100 ? count(perSecond) : String(Number(perSecond.toPrecision(3)))
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const

/** `61400000` → `61.4 MB`. */
export function bytes(value: number): string {
  let unit = 0
  let rest = value
  for (; rest >= 999.5 && unit < UNITS.length - 1; unit++) rest /= 1000
  return `${unit === 0 || rest >= 99.5 ? Math.round(rest) : rest.toFixed(1)} ${UNITS[unit]}`
}

/** Seconds as a person says them: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}

/** How long ago a moment was, or how far ahead it is: `5 s ago`, `in 3 h`. */
export function relative(iso: string | null, now: number): string {
  if (iso === null) return '–'
  const seconds = Math.round((now - Date.parse(iso)) / 1000)
  const size = Math.abs(seconds)
  const text =
    size < 60
      ? `${size} s`
      : size < 3600
        ? `${Math.round(size / 60)} min`
        : size < 172_800
          ? `${Math.round(size / 3600)} h`
          : `${Math.round(size / 86_400)} d`
  return seconds >= 0 ? `${text} ago` : `in ${text}`
}
