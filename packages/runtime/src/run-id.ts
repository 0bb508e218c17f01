import { createHash, randomBytes } from 'node:crypto'

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const TIME_CHARACTERS = 9
const RANDOM_CHARACTERS = 9

/**
 * A run's id: sorts by time, 18 characters, safe in URLs, job ids and file names. With a seed the same seed and time
 * give the same id, so that one tick of a schedule makes one run however often it is processed.
 */
export function newRunId(now: number, seed?: string): string {
  const bytes = seed === undefined ? randomBytes(RANDOM_CHARACTERS) : createHash('sha256').update(seed).digest()
  let time = ''
  for (let rest = now; time.length < TIME_CHARACTERS; rest = Math.floor(rest / 32)) time = ALPHABET[rest % 32]! + time
  return time + Array.from(bytes.subarray(0, RANDOM_CHARACTERS), (byte) => ALPHABET[byte % 32]).join('')
}

export const RUN_ID = /^[0-9a-hjkmnp-tv-z]{18}$/
