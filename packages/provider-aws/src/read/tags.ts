import { ExtractionError, type Artifact, type Context, type ErrorCode } from '@cae/core'
import type { Call } from '../client/call.ts'
import type { Place } from '../client/client.ts'
import { homeRegion } from '../client/credentials.ts'

type Labels = Readonly<Record<string, string>>
/** Tags by ARN. A resource that is not in it has no tags, where the Tagging API knows its type (`isKnownToTagging`). */
export type TagsByArn = ReadonlyMap<string, Labels>

/** GetResources takes so many ARNs. */
export const MAX_ARNS = 100
const MAX_ARN_LENGTH = 1011
const PAGE_SIZE = 100

/** Types that GetResources answers of as if none had tags. Source: services that support the Resource Groups Tagging API. */
const UNKNOWN: ReadonlySet<string> = new Set(['AWS::AutoScaling::AutoScalingGroup', 'AWS::IAM::Role', 'AWS::IAM::User'])

/** Whether the Tagging API of a region would have the resource's tags. What is global is known in the home region alone. */
export function isKnownToTagging({ native_type, region }: Artifact['metadata'], at: string): boolean {
  return !UNKNOWN.has(native_type) && (region !== 'global' || at === homeRegion({ regions: [at] }))
}

/**
 * Tags of up to 100 resources in one call; without a call where none of the texts is an ARN. Null where our identity may
 * not read tags, or where the API refuses one of the ARNs: it does not say which.
 */
export async function tagsOf(
  call: Call,
  place: Place,
  arns: readonly string[],
  context: Context,
): Promise<TagsByArn | null> {
  // One text that is no ARN would have the whole request refused.
  const ResourceARNList = [...new Set(arns)].filter(isArn)
  if (ResourceARNList.length > MAX_ARNS) {
    throw new ExtractionError('REQUEST_INVALID', `tags are read for at most ${MAX_ARNS} resources at once`)
  }
  if (ResourceARNList.length === 0) return new Map()
  try {
    return (await resources(call, place, context, { ResourceARNList })).tags
  } catch (thrown) {
    if (thrown instanceof ExtractionError && NOT_TOLD.has(thrown.code)) return null
    throw thrown
  }
}

const NOT_TOLD: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['ACCESS_DENIED', 'REQUEST_INVALID'])

export interface TagsPage {
  readonly tags: TagsByArn
  /** Holds for 15 minutes; null after the last page. */
  readonly next: string | null
}

/** A page of all resources of some types, such as `ec2:instance` or `s3`, that have or once had tags. */
export function tagsOfTypes(
  call: Call,
  place: Place,
  types: readonly string[],
  context: Context,
  cursor: string | null,
): Promise<TagsPage> {
  const token = cursor ?? undefined
  const input = { ResourceTypeFilters: [...types], ResourcesPerPage: PAGE_SIZE, PaginationToken: token }
  return resources(call, place, context, input)
}

interface ResourcesInput {
  readonly ResourceARNList?: string[]
  readonly ResourceTypeFilters?: string[]
  readonly ResourcesPerPage?: number
  readonly PaginationToken?: string | undefined
}

async function resources(call: Call, place: Place, context: Context, input: ResourcesInput): Promise<TagsPage> {
  const { GetResourcesCommand } = await import('@aws-sdk/client-resource-groups-tagging-api')
  const { ResourceTagMappingList, PaginationToken } = await call(
    'tag:GetResources',
    place,
    context,
    (client, options) => client.send(new GetResourcesCommand(input), options),
  )
  if (!ResourceTagMappingList) {
    throw new ExtractionError('RESPONSE_INVALID', 'The Tagging API answered without ResourceTagMappingList')
  }
  const tags = ResourceTagMappingList.map(({ ResourceARN = '', Tags = [] }) => {
    const labels = Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value]))
    return [ResourceARN, labels] as const
  })
  return { tags: new Map(tags), next: PaginationToken || null }
}

function isArn(text: string): boolean {
  return text.length <= MAX_ARN_LENGTH && /^arn:[\w-]+:[\w.-]+:[\w-]*:\w*:.+/.test(text)
}
