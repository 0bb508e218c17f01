import { ExtractionError } from '@cae/core'

/** A row of a query, which is JSON in a string. Throws `RESPONSE_INVALID` for anything else. */
export function parseRow(row: string): Record<string, unknown> {
  try {
    const value = JSON.parse(row) as unknown
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch (thrown) {
    throw new ExtractionError('RESPONSE_INVALID', 'AWS Config gave a row that is no JSON', { cause: thrown })
  }
  throw new ExtractionError('RESPONSE_INVALID', 'AWS Config gave a row that is no object')
}
