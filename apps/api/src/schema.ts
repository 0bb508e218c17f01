import type { ObjectSchema, ValidationErrorItem } from 'joi'

interface Rule {
  readonly name: string
  readonly args?: { readonly limit?: number }
}

/** The keys that an object may have. */
export function keysOf(schema: ObjectSchema): string[] {
  return Object.keys((schema.describe() as { readonly keys?: object }).keys ?? {})
}

/** What a number of a schema may be: `must be a whole number from 1 to 10000`. Undefined where it says no bounds. */
export function numberMessage(schema: ObjectSchema, path: readonly (string | number)[]): string | undefined {
  const { rules = [] } = schema.extract(path.map(String)).describe() as { readonly rules?: readonly Rule[] }
  const whole = rules.some(({ name }) => name === 'integer') ? 'whole number' : 'number'
  const limit = (name: string) => rules.find((rule) => rule.name === name)?.args?.limit
  const [min, max] = [limit('min'), limit('max')]
  return min === undefined || max === undefined ? undefined : `must be a ${whole} from ${min} to ${max}`
}

/** The first thing that is wrong with each value; what else a schema says of it follows from that. */
export function firstOfEach(details: readonly ValidationErrorItem[]): ValidationErrorItem[] {
  const first = new Map<string, ValidationErrorItem>()
  for (const item of details) if (!first.has(item.path.join('.'))) first.set(item.path.join('.'), item)
  return [...first.values()]
}
