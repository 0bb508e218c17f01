import { ExtractionError, type Artifact, type Context } from '@cae/core'
import type { Call } from './call.ts'
import type { Place } from './client.ts'
import { refusalOf, requireError } from './cloud-control-refusal.ts'
import { fromProperties, propertiesOf, type Description, type Properties } from './listed-artifact.ts'

/** Resources that are read one by one, at the same time, for a page; all of them listen to one signal. */
const READ_AT_ONCE = 8

/** Where in the listing of a type a page begins. */
export interface ListPosition {
  readonly token?: string | undefined
  /** Resources of the list's page that are read already, where they are read one by one. */
  readonly done?: number | undefined
}

export interface ListPage extends ListPosition {
  readonly artifacts: readonly Artifact[]
}

/**
 * A page of the resources of a type, each read by GetResource where the list does not give all of it. The answer's
 * position is where the next page begins; without token and number it was the last.
 */
export type Lister = (type: string, at: ListPosition) => Promise<ListPage>

export function resourceLister(call: Call, place: Place, asOf: string, context: Context): Lister {
  const list = async (TypeName: string, NextToken: string | undefined) => {
    const { ListResourcesCommand } = await import('@aws-sdk/client-cloudcontrol')
    return call('cloudformation:ListResources', place, context, (client, options) =>
      client.send(new ListResourcesCommand({ TypeName, NextToken }), options),
    )
  }
  const get = async (TypeName: string, Identifier: string) => {
    const { GetResourceCommand } = await import('@aws-sdk/client-cloudcontrol')
    const { ResourceDescription } = await call('cloudformation:GetResource', place, context, (client, options) =>
      client.send(new GetResourceCommand({ TypeName, Identifier }), options),
    )
    return propertiesOf(ResourceDescription ?? {})
  }
  return async (type, at) => {
    const { ResourceDescriptions, NextToken } = await list(type, at.token)
    if (!ResourceDescriptions) {
      throw new ExtractionError('RESPONSE_INVALID', `Cloud Control answered without resources of ${type}`)
    }
    const listed = ResourceDescriptions.map(toListed)
    const toArtifacts = (ones: readonly (One | null)[]) =>
      ones
        .filter((one) => one !== null && isHere(type, one.properties, place))
        .map((one) => fromProperties(type, one!.identifier, one!.properties, { place, asOf, whole: one!.whole }))
    const read = (one: One) => readOne(one, () => get(type, one.identifier))
    if (at.done === undefined) {
      const extent = await extentOf(type, listed[0], read)
      if (extent !== 'part') {
        return { artifacts: toArtifacts(listed.map((one) => ({ ...one, whole: extent === 'all' }))), token: NextToken }
      }
    }
    const from = at.done ?? 0
    const reading = listed.slice(from, from + READ_AT_ONCE).map(async (one) => (await read(one)).one)
    const artifacts = toArtifacts(await Promise.all(reading))
    const done = from + READ_AT_ONCE
    return done < listed.length ? { artifacts, token: at.token, done } : { artifacts, token: NextToken }
  }
}

interface One {
  readonly identifier: string
  readonly properties: Properties
  /** Whether these are all of its properties. */
  readonly whole: boolean
}

function toListed(description: Description): One {
  const { Identifier } = description
  if (!Identifier) throw new ExtractionError('RESPONSE_INVALID', 'Cloud Control gave a resource without identifier')
  return { identifier: Identifier, properties: propertiesOf(description), whole: false }
}

interface Reading {
  /** What is known of the resource after it was read; null where it is not of this region. */
  readonly one: One | null
  /** Why no resource of the type can be read. */
  readonly refusal?: ExtractionError
}

/**
 * How much of each resource a page of the list has. Lists give all, some, or nothing but the identifier, as each type
 * likes; the first resource tells. `unread`: more than that can't be had.
 */
async function extentOf(type: string, first: One | undefined, read: (one: One) => Promise<Reading>) {
  if (!first) return 'all'
  const { one, refusal } = await read(first)
  // Which of them are of this region can't be told either.
  if (refusal && OF_ALL_REGIONS.has(type)) throw refusal
  if (refusal) return 'unread'
  if (!one?.whole) return 'part'
  return Object.keys(one.properties).every((key) => key in first.properties) ? 'all' : 'part'
}

// It is listed, so it is shown, with what the list has of it.
async function readOne(listed: One, get: () => Promise<Properties>): Promise<Reading> {
  try {
    return { one: { ...listed, properties: await get(), whole: true } }
  } catch (thrown) {
    const error = requireError(thrown)
    const refusal = refusalOf(error)?.error
    if (refusal) return { one: listed, refusal }
    if (MOVED.test(error.message)) return { one: null }
    if (error.code === 'SCOPE_NOT_FOUND' || error.code === 'REQUEST_INVALID') return { one: listed }
    if (error.nativeCode === 'GeneralServiceException') return { one: listed }
    throw error
  }
}

// Cloud Control was seen to list the buckets of all regions in each, and to read those of the region alone
// (github.com/aws/aws-cli/issues/6464). Whether it still does is not known, so both are handled.
const OF_ALL_REGIONS = new Set(['AWS::S3::Bucket'])
const MOVED = /Status Code: 301|PermanentRedirect/

function isHere(type: string, { RegionalDomainName: domain }: Properties, { region }: Place): boolean {
  if (!OF_ALL_REGIONS.has(type) || typeof domain !== 'string') return true
  return domain.includes(`.s3.${region}.`)
}
