import protobuf from 'protobufjs/minimal.js'
import { backwardWriter, type BackwardWriter } from './backward-writer.ts'
import { isHole, parseText, type Text } from '../estate/hole.ts'
import type { Item } from '../estate/resource-type.ts'
import { isVariable, VARIABLE, type Tree } from '../estate/template.ts'

/** A part of a message: bytes that never change, or what writes it. */
export type Part = Buffer | Emit
export type Emit = (writer: BackwardWriter, item: Item) => void

const LENGTH_DELIMITED = 2

export function tag(field: number, wireType = LENGTH_DELIMITED): Buffer {
  return Buffer.from(
    protobuf.Writer.create()
      .uint32((field << 3) | wireType)
      .finish(),
  )
}

/** A length-delimited field of parts. */
export function field(number: number, parts: readonly Part[]): Part {
  const fused = fuse(parts)
  const only = fused.length === 0 ? Buffer.alloc(0) : fused[0]
  if (fused.length <= 1 && Buffer.isBuffer(only)) return Buffer.concat([tag(number), length(only.length), only])
  const head = tag(number)
  return (writer, item) => {
    const before = writer.length()
    for (let i = fused.length - 1; i >= 0; i--) emit(fused[i]!, writer, item)
    writer.varint(writer.length() - before)
    writer.bytes(head)
  }
}

/** A string field whose text may have holes. */
export function text(number: number, template: string): Part {
  return field(number, texts(template))
}

export function emit(part: Part, writer: BackwardWriter, item: Item): void {
  if (typeof part === 'function') part(writer, item)
  else writer.bytes(part)
}

function texts(template: string): Part[] {
  return parseText(template).map((part) => (typeof part === 'string' ? Buffer.from(part, 'utf8') : ascii(part)))
}

function ascii(part: Text): Emit {
  return (writer, item) => writer.ascii(part(item))
}

/** The content of a google.protobuf.Struct: fields = 1, entries of key = 1 and value = 2. */
export function structParts(tree: Readonly<Record<string, Tree>>): Part[] {
  return Object.entries(tree).map(([key, value]) => field(1, [text(1, key), field(2, valueParts(value))]))
}

// google.protobuf.Value: null = 1, number = 2, string = 3, bool = 4, struct = 5, list = 6.
function valueParts(tree: Tree): Part[] {
  if (typeof tree === 'string') return [isHole(tree) ? scalar(parseText(tree)[0] as Text) : text(3, tree)]
  if (typeof tree === 'number') return [number(tree)]
  if (typeof tree === 'boolean') return [boolean(tree)]
  if (tree === null) return [Buffer.concat([tag(1, 0), length(0)])]
  if (isVariable(tree)) return [tree.list ? variableList(tree) : variableValue(tree)]
  if (Array.isArray(tree)) return [field(6, tree.map(element))]
  return [field(5, structParts(tree as Readonly<Record<string, Tree>>))]
}

function element(tree: Tree): Part {
  return field(1, valueParts(tree))
}

type VariableTree = Extract<Tree, { readonly [VARIABLE]: unknown }>

function variableList({ [VARIABLE]: choose, trees }: VariableTree): Part {
  const elements = trees.map(element)
  const some: Emit = (writer, item) => {
    for (let i = choose(item) - 1; i >= 0; i--) emit(elements[i]!, writer, item)
  }
  return field(6, [some])
}

function variableValue({ [VARIABLE]: choose, trees }: VariableTree): Part {
  const values = trees.map((tree) => valueParts(tree)[0]!)
  return (writer, item) => emit(values[choose(item)]!, writer, item)
}

const NUMBER_TAG = tag(2, 1)
const TRUE = boolean(true)
const FALSE = boolean(false)

function scalar(hole: Text): Emit {
  return (writer, item) => {
    const value = hole(item)
    if (value === 'true') writer.bytes(TRUE)
    else if (value === 'false') writer.bytes(FALSE)
    else {
      writer.double(Number(value))
      writer.bytes(NUMBER_TAG)
    }
  }
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return Buffer.concat([tag(2, 1), bytes])
}

function boolean(value: boolean): Buffer {
  return Buffer.concat([tag(4, 0), length(Number(value))])
}

function length(value: number): Buffer {
  return Buffer.from(protobuf.Writer.create().uint32(value).finish())
}

function fuse(parts: readonly Part[]): Part[] {
  const fused: Part[] = []
  for (const part of parts) {
    const last = fused.at(-1)
    if (Buffer.isBuffer(part) && Buffer.isBuffer(last)) fused[fused.length - 1] = Buffer.concat([last, part])
    else fused.push(part)
  }
  return fused
}

/** Messages are written one at a time, so one buffer serves them all. */
export const sharedWriter = backwardWriter()
