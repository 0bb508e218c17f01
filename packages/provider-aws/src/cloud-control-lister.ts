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
    const toArtifact = ({ identifier, properties }: One, whole: boolean) =>
      fromProperties(type, identifier, properties, { place, asOf, whole })
    const read = ({ identifier }: One) => readOne(() => get(type, identifier))
    const extent = at.done === undefined ? await extentOf(listed[0], read) : 'part'
    if (extent !== 'part') {
      return { artifacts: listed.map((one) => toArtifact(one, extent === 'all')), token: NextToken }
    }
    const from = at.done ?? 0
    const reading = listed.slice(from, from + READ_AT_ONCE).map(async (one) => {
      const properties = await read(one)
      return typeof properties === 'string' ? toArtifact(one, false) : toArtifact({ ...one, properties }, true)
    })
    const artifacts = await Promise.all(reading)
    const done = from + READ_AT_ONCE
    return done < listed.length ? { artifacts, token: at.token, done } : { artifacts, token: NextToken }
  }
}

interface One {
  readonly identifier: string
  readonly properties: Properties
}

function toListed(description: Description): One {
  const { Identifier } = description
  if (!Identifier) throw new ExtractionError('RESPONSE_INVALID', 'Cloud Control gave a resource without identifier')
  return { identifier: Identifier, properties: propertiesOf(description) }
}

/** What is known of a resource that can't be read: no resource of the type may be, or this one. */
type Unread = 'refused' | 'unreadable'

/**
 * How much of each resource a page of the list has. Lists give all, some, or nothing but the identifier, as each type
 * likes; the first resource tells. `unread`: more than that can't be had.
 */
async function extentOf(first: One | undefined, read: (one: One) => Promise<Properties | Unread>) {
  if (!first) return 'all'
  const properties = await read(first)
  if (typeof properties === 'string') return properties === 'refused' ? 'unread' : 'part'
  return Object.keys(properties).every((key) => key in first.properties) ? 'all' : 'part'
}

// It is listed, so it is shown, with what the list has of it.
async function readOne(get: () => Promise<Properties>): Promise<Properties | Unread> {
  try {
    return await get()
  } catch (thrown) {
    const error = requireError(thrown)
    if (refusalOf(error)) return 'refused'
    if (error.code === 'SCOPE_NOT_FOUND' || error.code === 'REQUEST_INVALID') return 'unreadable'
    if (error.nativeCode === 'GeneralServiceException') return 'unreadable'
    throw error
  }
}
