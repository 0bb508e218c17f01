import { isHole, parseText, type Text } from './hole.ts'
import { combine, hashText } from './hash.ts'
import type { Item } from './resource-type.ts'

/**
 * A payload with holes. Strings may contain `{{hole}}`s (see hole.ts); a string that is one hole starting with `#`
 * is a number or a boolean. The values of holes never need escaping, so constant parts are written out once.
 */
export type Tree = string | number | boolean | null | readonly Tree[] | { readonly [key: string]: Tree } | Variable
/** A part that differs in shape between resources. */
export type Variable = {
  readonly [VARIABLE]: (item: Item) => number
  readonly trees: readonly Tree[]
  readonly list: boolean
}

export const VARIABLE: unique symbol = Symbol('variable')

/** An array of `min` to `max` elements. */
export function list(min: number, max: number, element: (i: number) => Tree): Variable {
  const trees = Array.from({ length: max }, (_, i) => element(i))
  return { [VARIABLE]: (item) => min + (combine(item.hash, max) % (max - min + 1)), trees, list: true }
}

/** One of several trees, the same one for the same salt. */
export function oneOf(trees: readonly Tree[], salt = 'one of'): Variable {
  const salted = hashText(salt)
  return { [VARIABLE]: (item) => combine(item.hash, salted) % trees.length, trees, list: false }
}

/** The tree where the slice has resources of the type, an empty array's worth of nothing where it has none. */
export function each(aliases: readonly { readonly needs: string; readonly tree: Tree }[]): Variable {
  const subsets = Array.from({ length: 2 ** aliases.length }, (_, bits) =>
    aliases.filter((_, n) => bits & (1 << n)).map(({ tree }) => tree),
  )
  const present = (item: Item) =>
    aliases.reduce((bits, { needs }, n) => (exists(item, needs) ? bits | (1 << n) : bits), 0)
  return { [VARIABLE]: present, trees: subsets, list: false }
}

function exists({ slice }: Item, alias: string): boolean {
  const index = slice.types.byAlias.get(alias)
  if (index === undefined) throw new Error(`no type has the alias ${alias}`)
  const { global } = slice.types.types[index]!
  return ((global ? slice.home : slice)?.counts[index] ?? 0) > 0
}

export function isVariable(tree: Tree): tree is Variable {
  return typeof tree === 'object' && tree !== null && VARIABLE in tree
}

/**
 * Writes the JSON of a tree.
 * @param escaped  whether the JSON stands inside a JSON string
 */
export function jsonTemplate(tree: Tree, escaped = false): Text {
  return fuse(pieces(tree, escaped))
}

type Piece = string | Text

function pieces(tree: Tree, escaped: boolean): Piece[] {
  if (typeof tree === 'string') return textPieces(tree, escaped)
  if (tree === null || typeof tree !== 'object') return [String(tree)]
  if (isVariable(tree)) return [variable(tree, escaped)]
  if (Array.isArray(tree)) return ['[', ...separated(tree.map((element) => pieces(element, escaped))), ']']
  const members = Object.entries(tree).map(([key, value]) => [
    ...textPieces(key, escaped),
    ':',
    ...pieces(value, escaped),
  ])
  return ['{', ...separated(members), '}']
}

function separated(lists: readonly Piece[][]): Piece[] {
  return lists.flatMap((list, n) => (n === 0 ? list : [',', ...list]))
}

function textPieces(text: string, escaped: boolean): Piece[] {
  const quote = escaped ? '\\"' : '"'
  const parts = parseText(text).map((part) => (typeof part === 'string' ? quoted(part, escaped, '') : part))
  return isHole(text) ? parts : [quote, ...parts, quote]
}

function variable({ [VARIABLE]: choose, trees, list }: Variable, escaped: boolean): Text {
  const texts = trees.map((tree) => jsonTemplate(tree, escaped))
  if (!list) return (item) => texts[choose(item)]!(item)
  return (item) => {
    const count = choose(item)
    let json = '['
    for (let i = 0; i < count; i++) json += (i === 0 ? '' : ',') + texts[i]!(item)
    return json + ']'
  }
}

/** Concatenates; neighbouring constants become one. */
function fuse(parts: readonly Piece[]): Text {
  const fused: Piece[] = []
  for (const part of parts) {
    const last = fused.length - 1
    if (typeof part === 'string' && typeof fused[last] === 'string') fused[last] += part
    else fused.push(part)
  }
  const only = fused[0]
  if (fused.length === 1 && typeof only === 'string') return () => only
  return (item) => {
    let text = ''
    for (const part of fused) text += typeof part === 'string' ? part : part(item)
    return text
  }
}

/** A JSON string in ASCII, so that a whole answer is one byte per character and quick to send. */
function quoted(text: string, escaped: boolean, quote = '"'): string {
  const inner = JSON.stringify(text)
    .slice(1, -1)
    .replace(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
  const json = quote + inner + quote
  return escaped ? json.replace(/[\\"]/g, '\\$&') : json
}
