import { nearest } from '@cae/catalogue'
import type { ObjectSchema } from 'joi'
import { Problem } from './problem.ts'

/** Query parameters against a schema. Throws `Problem` 422 that names each bad one. */
export function checkQuery<T>(schema: ObjectSchema<T>, query: unknown): T {
  const { error, value } = schema.validate(query, { abortEarly: false, errors: { wrap: { label: false } } })
  if (!error) return value
  const known = Object.keys((schema.describe() as { keys?: object }).keys ?? {})
  const errors = error.details.map(({ path, message, type }) => {
    const field = path.join('.')
    if (type !== 'object.unknown') return { field, message: message.replace(`${field} `, '') }
    const [best] = nearest(field, known)
    const hint = best ? `did you mean ${best}?` : `known are ${known.join(', ') || 'none'}`
    return { field, message: `unknown parameter; ${hint}` }
  })
  throw new Problem(422, `invalid query: ${errors.map(({ field }) => field).join(', ')}`, errors)
}
