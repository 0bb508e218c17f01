/** Murmur3's 32-bit finalizer: a bijection, so distinct inputs stay distinct. */
export function mix(value: number): number {
  let x = value | 0
  x ^= x >>> 16
  x = Math.imul(x, 0x85ebca6b)
  x ^= x >>> 13
  x = Math.imul(x, 0xc2b2ae35)
  x ^= x >>> 16
  return x >>> 0
}

/** The inverse of `mix`: it finds a resource again from its id. */
export function unmix(value: number): number {
  let x = value | 0
  x ^= x >>> 16
  x = Math.imul(x, 0x7ed1b41d)
  x ^= (x >>> 13) ^ (x >>> 26)
  x = Math.imul(x, 0xa5cb9243)
  x ^= x >>> 16
  return x >>> 0
}

export function combine(a: number, b: number): number {
  return mix(Math.imul(a, 0x9e3779b1) + b)
}

export function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return mix(hash)
}

/** 0 ≤ x < 1 */
export function fraction(hash: number): number {
  return hash / 0x1_0000_0000
}

const HEX = Array.from({ length: 65536 }, (_, n) => n.toString(16).padStart(4, '0'))

export function hex8(value: number): string {
  return HEX[value >>> 16]! + HEX[value & 0xffff]!
}

/** `digits` hexadecimal digits drawn from a hash. */
export function hex(hash: number, digits: number): string {
  let text = ''
  for (let state = hash; text.length < digits; state = mix(state + 0x9e3779b9)) text += hex8(state)
  return text.length === digits ? text : text.slice(0, digits)
}

/** A version 4 shaped UUID drawn from a hash. */
export function uuid(hash: number): string {
  const second = mix(hash + 0x9e3779b9)
  const third = mix(second + 0x9e3779b9)
  const fourth = mix(third + 0x9e3779b9)
  const variant = `${HEX[second >>> 16]}-4${HEX[second & 0xfff]!.slice(1)}-8${HEX[third & 0xfff]!.slice(1)}`
  return `${hex8(hash)}-${variant}-${HEX[third >>> 16]}${hex8(fourth)}`
}
