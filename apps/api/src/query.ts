import type { ObjectSchema } from 'joi'
import { Problem, unknownField } from './problem.ts'

/** Query parameters against a schema. Throws `Problem` 422 that names each bad one. */
export function checkQuery<T>(schema: ObjectSchema<T>, query: unknown): T {
  const { error, value } = schema.validate(query, { abortEarly: false, errors: { wrap: { label: false } } })
  if (!error) return value
  const known = Object.keys((schema.describe() as { keys?: object }).keys ?? {})
  const errors = error.details.map(({ path, message, type }) => {
    const field = path.join('.')
    return type === 'object.unknown' ? unknownField(field, known) : { field, message: message.replace(`${field} `, '') }
  })
  throw new Problem(422, `invalid query: ${errors.map(({ field }) => field).join(', ')}`, errors)
}
