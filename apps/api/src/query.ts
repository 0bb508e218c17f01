import Joi, { type ObjectSchema } from 'joi'
import { invalid, Problem, requireObject, unknownField } from './problem.ts'
import { firstOfEach, keysOf, numberMessage } from './schema.ts'

/** Query parameters against a schema; one that is empty is as good as none. Throws `Problem` 422 that names each bad one. */
export function checkQuery<T>(schema: ObjectSchema<T>, query: unknown): T {
  const given = Object.fromEntries(Object.entries(query as object).filter(([, text]) => text !== ''))
  const { error, value } = schema.validate(given, { abortEarly: false, errors: { wrap: { label: false } } })
  if (!error) return value
  const known = keysOf(schema)
  const errors = firstOfEach(error.details).map(({ path, message, type }) => {
    const field = path.join('.')
    if (type === 'object.unknown') return unknownField(field, known)
    const allowed = type.startsWith('number.') ? numberMessage(schema, path) : undefined
    return { field, message: allowed ?? message.replace(`${field} `, '') }
  })
  const fields = [...new Set(errors.map(({ field }) => field))]
  throw new Problem(422, `invalid query: ${fields.join(', ')}`, errors)
}

const NOTHING = Joi.object({})

/** Throws where a route that has neither parameters nor a body is given some: `dry_run`, say, would be passed over. */
export function takeNothing({ query, body }: { readonly query: unknown; readonly body: unknown }): void {
  checkQuery(NOTHING, query)
  requireObject(body)
  const [unknown] = Object.keys(body ?? {})
  if (unknown !== undefined) throw invalid([unknownField(unknown, [])])
}
