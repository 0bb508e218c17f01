import type { ObjectSchema } from 'joi'
import { Problem } from './problem.ts'

/** Query parameters against a schema. Throws `Problem` 422 that names each bad one. */
export function checkQuery<T>(schema: ObjectSchema<T>, query: unknown): T {
  const { error, value } = schema.validate(query, { abortEarly: false, errors: { wrap: { label: false } } })
  if (!error) return value
  const errors = error.details.map(({ path, message }) => ({
    field: path.join('.'),
    message: message.replace(`${path.join('.')} `, ''),
  }))
  throw new Problem(422, `invalid query: ${errors.map(({ field }) => field).join(', ')}`, errors)
}
