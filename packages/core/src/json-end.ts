const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const ZERO = 0x30
const MINUS = 0x2d
const PLUS = 0x2b
const POINT = 0x2e
const SMALL_U = 0x75

const PLAIN = 1
const DIGIT = 2
const HEX = 4
const ESCAPE = 8
const EXPONENT = 16
const CLASSES = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte)
  return (
    (byte >= 0x20 && byte < 0x7f && byte !== QUOTE && byte !== BACKSLASH ? PLAIN : 0) |
    (/[0-9]/.test(character) ? DIGIT : 0) |
    (/[0-9a-fA-F]/.test(character) ? HEX : 0) |
    (/["\\/bfnrt]/.test(character) ? ESCAPE : 0) |
    (/[eE]/.test(character) ? EXPONENT : 0)
  )
})
const WORDS = ['true', 'false', 'null'].map((word) => new TextEncoder().encode(word))

const MAX_DEPTH = 256
/** What closes each list and object that is open. */
const open = new Uint8Array(MAX_DEPTH)

/**
 * Where a JSON value that begins at `start` ends, before `end`; -1 where it is no JSON. It finds all that `JSON.parse`
 * finds wrong (RFC 8259), and is stricter: ASCII only, no white space, 256 levels at most. `bytes` must be longer than
 * `end`; the byte there is overwritten.
 */
export function jsonEnd(bytes: Uint8Array, start: number, end: number): number {
  // No token holds a zero, so nothing below looks past the end.
  bytes[end] = 0
  let depth = 0
  let at = start
  for (;;) {
    const first = bytes[at]!
    const close = first === OPEN_OBJECT ? CLOSE_OBJECT : first === OPEN_LIST ? CLOSE_LIST : 0
    if (close === 0) at = first === QUOTE ? stringEnd(bytes, at + 1) : scalarEnd(bytes, at)
    else if (bytes[at + 1] === close) at += 2
    else {
      if (depth === MAX_DEPTH) return -1
      open[depth++] = close
      at = close === CLOSE_OBJECT ? keyEnd(bytes, at + 1) : at + 1
      if (at < 0) return -1
      continue
    }
    while (at >= 0 && depth > 0 && bytes[at] === open[depth - 1]) {
      depth--
      at++
    }
    if (at < 0 || depth === 0) return at
    if (bytes[at] !== COMMA) return -1
    at = open[depth - 1] === CLOSE_OBJECT ? keyEnd(bytes, at + 1) : at + 1
    if (at < 0) return -1
  }
}

// Behind the colon.
function keyEnd(bytes: Uint8Array, start: number): number {
  if (bytes[start] !== QUOTE) return -1
  const at = stringEnd(bytes, start + 1)
  return at >= 0 && bytes[at] === COLON ? at + 1 : -1
}

// Behind the closing quote.
function stringEnd(bytes: Uint8Array, start: number): number {
  let at = start
  for (;;) {
    while ((CLASSES[bytes[at]!]! & PLAIN) !== 0) at++
    if (bytes[at] === QUOTE) return at + 1
    if (bytes[at] !== BACKSLASH) return -1
    const escaped = bytes[at + 1]!
    if (escaped === SMALL_U) {
      for (let digit = at + 2; digit < at + 6; digit++) if ((CLASSES[bytes[digit]!]! & HEX) === 0) return -1
      at += 6
    } else if ((CLASSES[escaped]! & ESCAPE) !== 0) at += 2
    else return -1
  }
}

function scalarEnd(bytes: Uint8Array, start: number): number {
  const first = bytes[start]!
  if (first === MINUS || (CLASSES[first]! & DIGIT) !== 0) return numberEnd(bytes, start)
  for (const word of WORDS) if (word[0] === first) return wordEnd(bytes, start, word)
  return -1
}

function wordEnd(bytes: Uint8Array, start: number, word: Uint8Array): number {
  for (let i = 0; i < word.length; i++) if (bytes[start + i] !== word[i]) return -1
  return start + word.length
}

function numberEnd(bytes: Uint8Array, start: number): number {
  let at = bytes[start] === MINUS ? start + 1 : start
  at = bytes[at] === ZERO ? at + 1 : digitsEnd(bytes, at)
  if (at >= 0 && bytes[at] === POINT) at = digitsEnd(bytes, at + 1)
  if (at < 0 || (CLASSES[bytes[at]!]! & EXPONENT) === 0) return at
  const sign = bytes[at + 1]
  return digitsEnd(bytes, sign === PLUS || sign === MINUS ? at + 2 : at + 1)
}

// At least one digit.
function digitsEnd(bytes: Uint8Array, start: number): number {
  let at = start
  while ((CLASSES[bytes[at]!]! & DIGIT) !== 0) at++
  return at === start ? -1 : at
}
