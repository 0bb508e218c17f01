import { ExtractionError, fnv1a, type Artifact, type Context } from '@cae/core'
import type { Call } from '../client/call.ts'
import type { Place } from '../client/client.ts'
import { refusalOf, requireError } from './cloud-control-refusal.ts'
import { fromProperties, propertiesOf, type Description, type Properties } from './listed-artifact.ts'

/** Resources that are read one by one, at the same time, for a page; all of them listen to one signal. */
const READ_AT_ONCE = 8

/** Where in the listing of a type a page begins. */
export interface ListPosition {
  readonly token?: string | undefined
  /** The last identifier of the list's page that is read already, in their order, where they are read one by one. */
  readonly after?: string | undefined
  /** A hash of all identifiers of the page that are read already. */
  readonly read?: string | undefined
  /** The list was seen to give all of each resource. */
  readonly all?: true | undefined
}

export interface ListPage extends ListPosition {
  readonly artifacts: Artifact[]
}

/**
 * A page of the resources of a type, each read by GetResource where the list does not give all of it. The answer's
 * position is where the next page begins; without token and identifier it was the last.
 */
export type Lister = (type: string, at: ListPosition) => Promise<ListPage>

export function resourceLister(call: Call, place: Place, asOf: string, context: Context): Lister {
  const { list, get } = operations(call, place, context)
  // Of the page that is read one by one. What moves up into it, where another is deleted, may come before what is read.
  let done = { page: '', identifiers: new Set<string>() }
  const toArtifacts = (type: string, ones: readonly (One | null)[]) =>
    ones
      .filter((one) => one !== null)
      .filter(({ properties }) => isHere(type, properties, place))
      .map(({ identifier, properties, whole }) => fromProperties(type, identifier, properties, { place, asOf, whole }))
  return async (type, at) => {
    const { listed, token } = await list(type, at.token)
    const read = (one: One) => readOne(one, () => get(type, one.identifier))
    const extent = knownExtent(at) ?? (await extentOf(type, listed[0], read))
    if (extent !== 'part') {
      const whole = extent === 'all'
      const artifacts = toArtifacts(type, whole ? listed.map((one) => ({ ...one, whole })) : listed)
      return { artifacts, token, ...(whole && listed.length > 0 && { all: true }) }
    }
    // The page is listed again for each part of it, and a resource that is gone by then must not hide another.
    const page = `${type} ${at.token}`
    if (at.after === undefined || done.page !== page) done = { page, identifiers: readBefore(listed, at) }
    const left = listed.filter(({ identifier }) => !done.identifiers.has(identifier))
    const some = left.toSorted((a, b) => (a.identifier < b.identifier ? -1 : 1)).slice(0, READ_AT_ONCE)
    const artifacts = toArtifacts(type, await Promise.all(some.map(async (one) => (await read(one)).one)))
    for (const { identifier } of some) done.identifiers.add(identifier)
    if (some.length === left.length) return { artifacts, token }
    return {
      artifacts,
      token: at.token,
      after: [...done.identifiers].toSorted().at(-1)!,
      read: hashOf(done.identifiers),
    }
  }
}

/**
 * What another reader has read of a page. Nothing, where these are no longer the first of it: what moved up into it may be
 * among them, so that the page is read anew, and some of it is delivered again under the same ids.
 */
function readBefore(listed: readonly One[], { after, read }: ListPosition): Set<string> {
  const before = listed.map(({ identifier }) => identifier).filter((one) => after !== undefined && one <= after)
  return new Set(hashOf(before) === read ? before : [])
}

function hashOf(identifiers: Iterable<string>): string {
  return fnv1a([...identifiers].toSorted().join('\n'))
}

function operations(call: Call, place: Place, context: Context) {
  return {
    list: async (TypeName: string, from: string | undefined) => {
      const { ListResourcesCommand } = await import('@aws-sdk/client-cloudcontrol')
      const input = { TypeName, NextToken: from }
      const answer = await call('cloudformation:ListResources', place, context, (client, options) =>
        client.send(new ListResourcesCommand(input), options),
      )
      if (!answer.ResourceDescriptions) {
        throw new ExtractionError('RESPONSE_INVALID', `Cloud Control answered without resources of ${TypeName}`)
      }
      // A page is read in parts, so what comes twice in it could come in two of them.
      const listed = new Map(answer.ResourceDescriptions.map(toListed).map((one) => [one.identifier, one]))
      return { listed: [...listed.values()], token: answer.NextToken || undefined }
    },
    get: async (TypeName: string, Identifier: string) => {
      const { GetResourceCommand } = await import('@aws-sdk/client-cloudcontrol')
      const { ResourceDescription } = await call('cloudformation:GetResource', place, context, (client, options) =>
        client.send(new GetResourceCommand({ TypeName, Identifier }), options),
      )
      if (!ResourceDescription) {
        throw new ExtractionError('RESPONSE_INVALID', `Cloud Control answered without a resource of ${TypeName}`)
      }
      return propertiesOf(ResourceDescription)
    },
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

type Extent = 'all' | 'part' | 'unread'

function knownExtent({ all, after }: ListPosition): Extent | undefined {
  if (all) return 'all'
  return after === undefined ? undefined : 'part'
}

/**
 * How much of each resource the list of a type has. Lists give all, some, or nothing but the identifier, as each type
 * likes; the first resource tells. `unread`: more than that can't be had.
 */
async function extentOf(type: string, first: One | undefined, read: (one: One) => Promise<Reading>): Promise<Extent> {
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
    if (FAILS_AT_ONE.has(error.nativeCode ?? '')) return { one: listed }
    throw error
  }
}

// The type's handler, which fails at this resource and has listed it. The SDK has tried again where that may help.
const FAILS_AT_ONE: ReadonlySet<string> = new Set([
  'GeneralServiceException',
  'HandlerFailureException',
  'HandlerInternalFailureException',
  'NotStabilizedException',
  'ServiceInternalErrorException',
])

// Cloud Control was seen to list the buckets of all regions in each, and to read those of the region alone
// (github.com/aws/aws-cli/issues/6464). Whether it still does is not known, so both are handled.
const OF_ALL_REGIONS = new Set(['AWS::S3::Bucket'])
const MOVED = /Status Code: 301|PermanentRedirect/

function isHere(type: string, { RegionalDomainName: domain }: Properties, { region }: Place): boolean {
  if (!OF_ALL_REGIONS.has(type) || typeof domain !== 'string') return true
  return domain.includes(`.s3.${region}.`)
}
