/** What an ARM id says of itself. Letter case varies between Azure's APIs, so all of it is compared in lower case. */
export interface ArmId {
  /** `microsoft.compute/virtualmachines`, lower case; absent where the id names no resource. */
  readonly type: string | undefined
  readonly name: string
  /** Lower case; absent for subscriptions and tenant-level resources. */
  readonly parent: string | undefined
}

/**
 * Reads `/subscriptions/{s}[/resourceGroups/{g}]/providers/{namespace}/{type}/{name}[/{type}/{name}…]`. An extension
 * resource has a second `/providers/`, and its parent is what stands before it.
 */
export function parseArmId(id: string): ArmId {
  const lower = trimmed(id.toLowerCase())
  const name = id.slice(lower.lastIndexOf('/') + 1, lower.length)
  const at = lower.lastIndexOf('/providers/')
  if (at < 0) return containerId(lower, name)
  const [namespace = '', ...pairs] = lower.slice(at + '/providers/'.length).split('/')
  const types = pairs.filter((_, i) => i % 2 === 0)
  const parent = types.length > 1 ? upTwo(lower) : lower.slice(0, at)
  return { type: types.length > 0 ? `${namespace}/${types.join('/')}` : undefined, name, parent: parent || undefined }
}

function containerId(lower: string, name: string): ArmId {
  const depth = lower.split('/').length - 1
  if (depth === 2) return { type: 'microsoft.resources/subscriptions', name, parent: undefined }
  if (depth === 4) return { type: 'microsoft.resources/subscriptions/resourcegroups', name, parent: upTwo(lower) }
  return { type: undefined, name, parent: undefined }
}

function upTwo(path: string): string {
  return path.slice(0, path.lastIndexOf('/', path.lastIndexOf('/') - 1))
}

function trimmed(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path
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
