import { combine, hashText, hex, hex8, mix, uuid } from './hash.ts'
import { itemOf, unique } from './item.ts'
import type { EstateSlice, Item, TypeTable } from './resource-type.ts'
import { ADJECTIVES, APPS, ENVIRONMENTS, ROLES, TEAMS } from './words.ts'

export type Text = (item: Item) => string

const HOLE = /\{\{([^{}]+)\}\}/
const DAY = 86_400_000
/** The estate's own present: it must not depend on the day it is asked. */
export const NOW = Date.UTC(2026, 9, 1)

/** Whether the text is one hole whose value is a number or a boolean. */
export function isHole(text: string): boolean {
  return /^\{\{#[^{}]+\}\}$/.test(text)
}

/** Constants and holes in turn. */
export function parseText(text: string): (string | Text)[] {
  return text
    .split(HOLE)
    .map((part, n) => (n % 2 === 0 ? part : hole(part)))
    .filter((part) => part !== '')
}

export function textTemplate(text: string): Text {
  const parts = parseText(text)
  if (parts.length === 1 && typeof parts[0] === 'function') return parts[0]
  return (item) => {
    let result = ''
    for (const part of parts) result += typeof part === 'string' ? part : part(item)
    return result
  }
}

/**
 * The holes. The same text gives the same value wherever it stands in a resource; a last word that means nothing
 * gives another value. All values are ASCII without quotes, backslashes or control characters.
 */
const HOLES: Readonly<Record<string, (...words: string[]) => Text>> = {
  /** Eight hexadecimal digits that no other resource of the slice and type has. */
  u: () => (item) => hex8(unique(item)),
  scope: () => (item) => item.slice.scope,
  /** AWS: the slice's; elsewhere the resource's own. */
  region: () => {
    const own = partHole('region')
    return (item) => item.slice.region || own(item)
  },
  parent: () => (item) => item.slice.parent,
  /** GCP: the project's number. */
  number: () => (item) => String(100_000_000_000 + item.slice.salt),
  hex: (digits, ...salt) => salted(`hex ${salt.join(' ')}`, (hash) => hex(hash, Number(digits))),
  uuid: (...salt) => salted(`uuid ${salt.join(' ')}`, uuid),
  pick: (options, ...salt) => drawn((options ?? '').split('|'), `pick ${options} ${salt.join(' ')}`),
  int: (min, max, ...salt) =>
    salted(`int ${salt.join(' ')}`, (hash) => String(Number(min) + (hash % (Number(max) - Number(min) + 1)))),
  '#int': (...words) => HOLES['int']!(...words),
  '#bool': (percent, ...salt) =>
    salted(`bool ${salt.join(' ')}`, (hash) => (hash % 100 < Number(percent) ? 'true' : 'false')),
  /** Seconds since the epoch. */
  '#epoch': (...words) => instantHole(words, (time) => String(time / 1000)),
  millis: (...words) => instantHole(words, String),
  time: (...words) => instantHole(words, iso),
  app: () => drawn(APPS, 'app'),
  env: () => drawn(ENVIRONMENTS, 'env'),
  team: () => drawn(TEAMS, 'team'),
  role: () => drawn(ROLES, 'role'),
  adjective: () => drawn(ADJECTIVES, 'adjective'),
  ipv4: (...salt) =>
    salted(`ip ${salt.join(' ')}`, (hash) => `10.${hash & 255}.${(hash >>> 8) & 255}.${(hash >>> 16) & 255}`),
  mac: () => salted('mac', (hash) => `0a:${hex(hash, 10).replace(/(..)(?!$)/g, '$1:')}`),
  /** A part of another resource that the slice has, or of one of the account's global resources. */
  ref: (alias, part) => reference(alias ?? '', part ?? 'id'),
}

function hole(words: string): Text {
  const [name, ...rest] = words.trim().split(/\s+/)
  const make = HOLES[name!]
  return make ? make(...rest) : partHole(name!)
}

function salted(salt: string, value: (hash: number) => string): Text {
  const constant = hashText(salt)
  return (item) => value(combine(item.hash, constant))
}

function drawn(options: readonly string[], salt: string): Text {
  const constant = hashText(salt)
  return (item) => options[combine(item.hash, constant) % options.length]!
}

function instantHole([which]: string[], format: (time: number) => string): Text {
  return (item) => format(instant(item, which === 'captured'))
}

const days = new Map<number, string>()
const TWO_DIGITS = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0'))

/** `Date.toISOString`, quicker: there are few days and many resources. */
function iso(time: number): string {
  const day = Math.floor(time / DAY)
  let date = days.get(day)
  if (date === undefined) days.set(day, (date = new Date(time).toISOString().slice(0, 11)))
  const rest = time - day * DAY
  const seconds = Math.floor(rest / 1000)
  const milliseconds = rest % 1000
  const clock = `${TWO_DIGITS[Math.floor(seconds / 3600)]}:${TWO_DIGITS[Math.floor(seconds / 60) % 60]}:${TWO_DIGITS[seconds % 60]}`
  return `${date}${clock}.${Math.floor(milliseconds / 100)}${TWO_DIGITS[milliseconds % 100]}Z`
}

/** When Config looked at a resource last, in milliseconds: not later than `NOW`. */
export function capturedAt(item: Item): number {
  return instant(item, true)
}

function instant({ hash }: Item, captured: boolean): number {
  if (captured) return NOW - (mix(hash + 1) % (20 * DAY))
  return NOW - 20 * DAY - (mix(hash + 2) % (6 * 365 * 24)) * 3_600_000 - (mix(hash + 3) % 3_600_000)
}

/** A part such as `id` or `arn`, which is itself a template of each type. */
function partHole(part: string): Text {
  let table: TypeTable | null = null
  let templates: Text[] = []
  return (item) => {
    const { types } = item.slice
    if (types !== table) {
      table = types
      templates = []
    }
    return (templates[item.type] ??= partTemplate(types, item.type, part))(item)
  }
}

function partTemplate({ types }: TypeTable, type: number, part: string): Text {
  const { parts, name } = types[type]!
  const text = parts[part]
  if (text === undefined) throw new Error(`${name} has no part ${part}`)
  return textTemplate(text)
}

/** `alias#salt` may name several resources of one type. */
function reference(name: string, part: string): Text {
  const alias = name.split('#')[0]!
  const salt = hashText(`ref ${name}`)
  const template = partHole(part)
  return (item) => {
    const { types } = item.slice
    const index = types.byAlias.get(alias)
    if (index === undefined) throw new Error(`no type has the alias ${alias}`)
    const slice = types.types[index]!.global ? (item.slice.home ?? item.slice) : item.slice
    return template(target(item, slice, index, salt))
  }
}

function target(item: Item, slice: EstateSlice, index: number, salt: number): Item {
  const count = slice.counts[index]!
  if (count === 0) throw new Error(`${slice.types.types[item.type]!.name} refers to a type that its slice has none of`)
  return itemOf(slice, index, combine(item.hash, salt) % count)
}
