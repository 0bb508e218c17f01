import type { JsonValue } from '@cae/core'

// More than Config was seen to do (2); a string that still looks encoded after that is left as it is.
const MAX_ENCODINGS = 4

/** JSON that was put into a string, maybe more than once. A string that is no JSON document stays as it is. */
export function decodeJson(value: JsonValue): JsonValue {
  let decoded = value
  for (let depth = 0; depth < MAX_ENCODINGS && typeof decoded === 'string'; depth++) {
    if (!looksEncoded(decoded)) return decoded
    try {
      decoded = JSON.parse(decoded) as JsonValue
    } catch {
      return decoded
    }
  }
  return decoded
}

/** The values of supplementary configuration, each decoded; null where there are none. */
export function decodeValues(encoded: JsonValue | undefined): Record<string, JsonValue> | null {
  const values = decodeJson(encoded ?? null)
  if (values === null || typeof values !== 'object' || Array.isArray(values)) return null
  const decoded = values as Record<string, JsonValue>
  let some = false
  for (const key in decoded) {
    some = true
    const value = decoded[key]!
    if (typeof value === 'string') decoded[key] = decodeJson(value)
  }
  return some ? decoded : null
}

function looksEncoded(text: string): boolean {
  switch (text.charCodeAt(0)) {
    case 0x7b: // {
    case 0x5b: // [
    case 0x22: // "
      return true
    default:
      return text === 'null' || text === 'true' || text === 'false'
  }
}
