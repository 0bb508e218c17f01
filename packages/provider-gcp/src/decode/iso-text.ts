import { toBuffer } from './text.ts'

const DAY = 86_400_000

// What is looked at together mostly has its days in common.
const SIZE = 1024
const dayOf: number[] = Array.from({ length: SIZE }, () => NaN)
const textOf: string[] = Array.from({ length: SIZE }, () => '')

const out = toBuffer(Buffer.from('2026-01-02T03:04:05.678Z'))
const DATE_LENGTH = '2026-01-02'.length
const ZERO = 0x30

/** What `toISOString` of the moment gives, for a third of its time. Throws `RangeError` as that does. */
export function isoText(milliseconds: number): string {
  const day = Math.floor(milliseconds / DAY)
  const date = dateText(day)
  // Of a year beyond those of four digits.
  if (date.length !== DATE_LENGTH) return new Date(milliseconds).toISOString()
  const rest = milliseconds - day * DAY
  const seconds = Math.floor(rest / 1000)
  for (let i = 0; i < DATE_LENGTH; i++) out[i] = date.charCodeAt(i)
  writePair(11, Math.floor(seconds / 3600))
  writePair(14, Math.floor(seconds / 60) % 60)
  writePair(17, seconds % 60)
  const fraction = rest % 1000
  out[20] = ZERO + Math.floor(fraction / 100)
  writePair(21, fraction % 100)
  return out.latin1Slice(0, out.length)
}

function writePair(at: number, value: number): void {
  out[at] = ZERO + Math.floor(value / 10)
  out[at + 1] = ZERO + (value % 10)
}

function dateText(day: number): string {
  const slot = day & (SIZE - 1)
  if (dayOf[slot] === day) return textOf[slot]!
  const text = new Date(day * DAY).toISOString()
  dayOf[slot] = day
  return (textOf[slot] = text.slice(0, text.indexOf('T')))
}
