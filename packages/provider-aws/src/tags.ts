import { ExtractionError, type Context } from '@cae/core'
import type { Call } from './call.ts'
import type { Place } from './client.ts'

type Labels = Readonly<Record<string, string>>
/** Tags by ARN. A resource that is not in it has no tags, or the Tagging API does not know its type. */
export type TagsByArn = ReadonlyMap<string, Labels>

/** GetResources takes so many ARNs. */
export const MAX_ARNS = 100
const MAX_ARN_LENGTH = 1011
const PAGE_SIZE = 100

/**
 * Tags of up to 100 resources in one call; without a call where none of the texts is an ARN. Null where our identity may
 * not read tags. What is global is known to the Tagging API of `us-east-1` alone.
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
    if (thrown instanceof ExtractionError && thrown.code === 'ACCESS_DENIED') return null
    throw thrown
  }
}

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
