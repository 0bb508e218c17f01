/** What an ARM id says of itself. Letter case varies between Azure's APIs, so all of it is compared in lower case. */
export interface ArmId {
  /** `microsoft.compute/virtualmachines`, lower case; absent where the id names no resource. */
  readonly type: string | undefined
  /** Lower case; absent for subscriptions and tenant-level resources. */
  readonly parent: string | undefined
}

const PROVIDERS = '/providers/'

/**
 * Reads `/subscriptions/{s}[/resourceGroups/{g}]/providers/{namespace}/{type}/{name}[/{type}/{name}…]`, in lower case. An
 * extension resource has a second `/providers/`, and its parent is what stands before it. Called for every id of every
 * resource, hence positions rather than splitting.
 */
export function parseArmId(lower: string): ArmId {
  const end = lower.endsWith('/') ? lower.length - 1 : lower.length
  const at = lower.lastIndexOf(PROVIDERS)
  if (at < 0) return containerId(lower, end)
  const namespace = lower.indexOf('/', at + PROVIDERS.length)
  if (namespace < 0 || namespace >= end) return { type: undefined, parent: lower.slice(0, at) || undefined }
  let type = lower.slice(at + PROVIDERS.length, namespace)
  let pairs = 0
  for (let from = namespace + 1; from < end; pairs++) {
    const name = indexOr(lower, from, end)
    type += `/${lower.slice(from, name)}`
    from = indexOr(lower, name + 1, end) + 1
  }
  const parent = pairs > 1 ? upTwo(lower, end) : lower.slice(0, at)
  return { type, parent: parent || undefined }
}

function indexOr(path: string, from: number, end: number): number {
  const slash = path.indexOf('/', from)
  return slash < 0 || slash > end ? end : slash
}

// /subscriptions/{s} or /subscriptions/{s}/resourcegroups/{g}
function containerId(lower: string, end: number): ArmId {
  const depth = lower.slice(0, end).split('/').length - 1
  if (depth === 2) return { type: 'microsoft.resources/subscriptions', parent: undefined }
  if (depth !== 4) return { type: undefined, parent: undefined }
  return { type: 'microsoft.resources/subscriptions/resourcegroups', parent: upTwo(lower, end) }
}

function upTwo(path: string, end: number): string {
  return path.slice(0, path.lastIndexOf('/', path.lastIndexOf('/', end - 1) - 1))
}

/** The value behind a key of the path, such as `resourcegroups`, in the letter case of the id. */
export function segmentAfter(id: string, key: string): string | undefined {
  const marker = `/${key}/`
  const at = id.toLowerCase().indexOf(marker)
  if (at < 0) return undefined
  const start = at + marker.length
  const end = id.indexOf('/', start)
  return id.slice(start, end < 0 ? undefined : end)
}
