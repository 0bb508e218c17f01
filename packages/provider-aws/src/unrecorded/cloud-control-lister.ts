import { ExtractionError, fnv1a, type Artifact, type Context, type JsonValue } from '@cae/core'
import type { Call } from '../client/call.ts'
import type { Place } from '../client/client.ts'
import { refusalOf, requireError } from './cloud-control-refusal.ts'
import { fromProperties, propertiesOf, showsTags, type Description, type Properties } from './listed-artifact.ts'

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
  /** It was seen to give tags: where it gives none of a resource, there are none. */
  readonly tagged?: true | undefined
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
  // By identifier, what was read of the page to tell how much its list gives: that need not be read again.
  let sample: ReadonlyMap<string, Reading> = new Map()
  const toArtifacts = (type: string, ones: readonly (One | null)[]) =>
    ones
      .filter((one) => one !== null)
      .filter(({ properties }) => isHere(type, properties, place))
      .map(({ identifier, properties, withheld }) =>
        fromProperties(type, identifier, properties, { place, asOf, withheld }),
      )
  return async (type, at) => {
    const { listed, token } = await list(type, at.token)
    const read = (one: One) => readOne(one, () => get(type, one.identifier))
    const known = knownExtent(at)
    if (!known) sample = await sampleOf(listed, read)
    const extent = known ?? extentOf(type, listed, sample)
    if (extent === 'unread') return { artifacts: toArtifacts(type, listed), token }
    if (extent === 'all') {
      const tagged = at.tagged ?? listed.some(({ properties }) => showsTags(type, properties))
      const ones = listed.map((one) => givenWhole(one, known ? undefined : sample.get(one.identifier), tagged))
      const seen = { ...(listed.length > 0 && { all: true as const }), ...(tagged && { tagged }) }
      return { artifacts: toArtifacts(type, ones), token, ...seen }
    }
    // The page is listed again for each part of it, and a resource that is gone by then must not hide another.
    const page = `${type} ${at.token}`
    if (at.after === undefined || done.page !== page) {
      done = { page, identifiers: readBefore(listed, at) }
      if (known) sample = new Map()
    }
    const left = listed.filter(({ identifier }) => !done.identifiers.has(identifier))
    const some = left.toSorted((a, b) => (a.identifier < b.identifier ? -1 : 1)).slice(0, READ_AT_ONCE)
    const readings = await Promise.all(some.map(async (one) => sample.get(one.identifier) ?? (await read(one))))
    const artifacts = toArtifacts(
      type,
      readings.map(({ one }) => one),
    )
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
  /** What of it is not, or may not be, among its properties. */
  readonly withheld: readonly string[]
}

const WHOLE: readonly string[] = []
const LISTED: readonly string[] = ['configuration', 'tags']
/** Of a list that gives all but for tags, of which it has shown none: it may leave them out, or there are none. */
const UNTAGGED: readonly string[] = ['tags']

function toListed(description: Description): One {
  const { Identifier } = description
  if (!Identifier) throw new ExtractionError('RESPONSE_INVALID', 'Cloud Control gave a resource without identifier')
  return { identifier: Identifier, properties: propertiesOf(description), withheld: LISTED }
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
 * Some resources of a page, from all over it, as they are read alone: those that are next to each other are often alike, and
 * the first may lack what others have. As many as are read at the same time, so that a type costs no more than that.
 */
async function sampleOf(listed: readonly One[], read: (one: One) => Promise<Reading>): Promise<Map<string, Reading>> {
  const size = Math.min(READ_AT_ONCE, listed.length)
  const ones = Array.from({ length: size }, (_, n) => listed[Math.floor((n * listed.length) / size)]!)
  return new Map(await Promise.all(ones.map(async (one) => [one.identifier, await read(one)] as const)))
}

/**
 * How much of each resource the list of a type has. Lists give all, some, or nothing but the identifier, as each type
 * likes; a sample tells. `unread`: more than that can't be had.
 */
function extentOf(type: string, listed: readonly One[], sample: ReadonlyMap<string, Reading>): Extent {
  if (sample.size === 0) return 'all'
  const readings = [...sample.values()]
  const refusal = readings.every((reading) => reading.refusal) && readings[0]!.refusal
  // Which of them are of this region can't be told either.
  if (refusal && OF_ALL_REGIONS.has(type)) throw refusal
  if (refusal) return 'unread'
  const properties = new Map(listed.map((one) => [one.identifier, one.properties]))
  const whole = readings.flatMap(({ one }) => (one?.withheld === WHOLE ? [one] : []))
  const gives = (one: One) => hasAll(properties.get(one.identifier)!, one.properties)
  return whole.length > 0 && whole.every(gives) ? 'all' : 'part'
}

// A list may have the name of a property and no value.
function hasAll(listed: Properties, read: Properties): boolean {
  return Object.entries(read).every(([key, value]) => key in listed && (!isEmpty(listed[key]) || isEmpty(value)))
}

function isEmpty(value: JsonValue | undefined): boolean {
  return value === null || (Array.isArray(value) && value.length === 0)
}

/** A resource of a list that gives all of each. `reading`: where it is of the sample; it may be of another region then. */
function givenWhole(listed: One, reading: Reading | undefined, tagged: boolean): One | null {
  if (reading && (reading.one === null || reading.one.withheld === WHOLE)) return reading.one
  return { ...listed, withheld: tagged ? WHOLE : UNTAGGED }
}

// It is listed, so it is shown, with what the list has of it.
async function readOne(listed: One, get: () => Promise<Properties>): Promise<Reading> {
  try {
    return { one: { ...listed, properties: await get(), withheld: WHOLE } }
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
