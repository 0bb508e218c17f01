import type { Artifact, Context } from '@cae/core'
import type { Call } from '../client/call.ts'
import type { Place } from '../client/client.ts'
import { isKnownToTagging, tagsOf, type TagsByArn } from './tags.ts'

/** Artifacts that `lacks` holds for, with the tags that the Tagging API has for their ARNs; the others as they are. */
export async function joinTags(
  call: Call,
  place: Place,
  artifacts: Artifact[],
  context: Context,
  lacks: (artifact: Artifact) => boolean,
): Promise<Artifact[]> {
  const untagged = artifacts.filter(lacks)
  if (untagged.length === 0) return artifacts
  const arns = untagged.filter((one) => canBeAsked(one, place)).map(({ metadata }) => metadata.resource_id)
  const tags = await tagsOf(call, place, arns, context)
  return artifacts.map((artifact) => (lacks(artifact) ? withTags(artifact, tags, place) : artifact))
}

/** Whether the tags are withheld. */
export function lacksTags({ metadata }: Artifact): boolean {
  return metadata.withheld?.includes('tags') ?? false
}

export function isUntagged({ metadata }: Artifact): boolean {
  return Object.keys(metadata.labels).length === 0
}

/** The Tagging API knows a resource by its ARN: without one, its tags can't be known. */
function canBeAsked({ metadata }: Artifact, { region }: Place): boolean {
  return metadata.resource_id.startsWith('arn:') && isKnownToTagging(metadata, region)
}

function withTags(artifact: Artifact, tags: TagsByArn | null, place: Place): Artifact {
  const { metadata } = artifact
  const { withheld = [], ...rest } = metadata
  const others = withheld.filter((part) => part !== 'tags')
  if (tags === null || !canBeAsked(artifact, place))
    return { ...artifact, metadata: { ...metadata, withheld: [...others, 'tags'] } }
  const labels = tags.get(metadata.resource_id) ?? {}
  return { ...artifact, metadata: { ...rest, labels, ...(others.length > 0 && { withheld: others }) } }
}
