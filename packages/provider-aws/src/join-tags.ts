import type { Artifact, Context } from '@cae/core'
import type { Call } from './call.ts'
import type { Place } from './client.ts'
import { tagsOf, type TagsByArn } from './tags.ts'

/** Artifacts whose answer had no tags, with the tags that the Tagging API has for their ARNs. */
export async function joinTags(
  call: Call,
  place: Place,
  artifacts: readonly Artifact[],
  context: Context,
): Promise<Artifact[]> {
  const untagged = artifacts.filter(isUntagged)
  const arns = untagged.map(({ metadata }) => metadata.resource_id).filter((id) => id.startsWith('arn:'))
  const tags = await tagsOf(call, place, arns, context)
  return artifacts.map((artifact) => (isUntagged(artifact) ? withTags(artifact, tags) : artifact))
}

function isUntagged({ metadata }: Artifact): boolean {
  return Object.keys(metadata.labels).length === 0
}

// The Tagging API knows a resource by its ARN: without one, its tags can't be known.
function withTags(artifact: Artifact, tags: TagsByArn | null): Artifact {
  const { metadata } = artifact
  const isKnown = tags !== null && metadata.resource_id.startsWith('arn:')
  if (!isKnown) {
    return { ...artifact, metadata: { ...metadata, withheld: [...(metadata.withheld ?? []), 'tags'] } }
  }
  return { ...artifact, metadata: { ...metadata, labels: tags.get(metadata.resource_id) ?? {} } }
}
