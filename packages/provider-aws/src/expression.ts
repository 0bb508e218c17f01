import { entries } from '@cae/catalogue'

// `SELECT *` would leave out all but ten scalars.
const COLUMNS = [
  'resourceId',
  'resourceName',
  'resourceType',
  'arn',
  'accountId',
  'awsRegion',
  'availabilityZone',
  'resourceCreationTime',
  'configurationItemCaptureTime',
  'configurationItemStatus',
  'version',
  'configuration',
  'supplementaryConfiguration',
  'tags',
  'relationships',
]

/** SelectResourceConfig accepts 1 to 4,096 characters. */
const MAX_LENGTH = 4096

export interface Expressions {
  readonly select: string
  readonly count: string
}

/**
 * The queries for a slice. Where the condition for many services would be too long, both are without one: more is
 * read then, and the engine leaves out what was not asked for.
 */
export function expressionsFor(services: readonly string[] | undefined): Expressions {
  const select = `SELECT ${COLUMNS.join(', ')}`
  const where = services ? whereOf(services) : ''
  const fits = select.length + where.length <= MAX_LENGTH
  return { select: select + (fits ? where : ''), count: `SELECT COUNT(*)${fits ? where : ''}` }
}

function whereOf(services: readonly string[]): string {
  const wanted = new Set(services)
  const types = entries('aws').filter(({ service }) => wanted.has(service))
  const prefixes = new Set(types.map(({ nativeType }) => nativeType.slice(0, nativeType.lastIndexOf('::') + 2)))
  return ` WHERE ${[...prefixes].map((prefix) => `resourceType LIKE '${prefix}%'`).join(' OR ')}`
}
