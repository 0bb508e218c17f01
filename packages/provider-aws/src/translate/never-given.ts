/**
 * What no operation of Config gives, by type. Source: developer guide, components of a configuration item (tags); the
 * items of OpenSearch domains miss fields (aws-solutions/workload-discovery-on-aws, getAllConfigResources.mjs).
 */
const NEVER_GIVEN: Readonly<Record<string, readonly string[]>> = {
  'AWS::CloudFront::StreamingDistribution': ['tags'],
  'AWS::CloudTrail::Trail': ['tags'],
  'AWS::OpenSearch::Domain': ['configuration'],
}

const NOTHING: readonly string[] = []

/** Parts of a resource of the type that its item lacks, or has in part only. */
export function neverGiven(type: string): readonly string[] {
  return Object.hasOwn(NEVER_GIVEN, type) ? NEVER_GIVEN[type]! : NOTHING
}
