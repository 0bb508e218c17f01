import { AZURE_TYPES } from './azure-types.ts'
import { kebab } from './kebab.ts'

export type CatalogueProvider = 'aws' | 'azure' | 'gcp'

/** The names we give a provider's own type. */
export interface TypeName {
  /** Lower case, such as `ec2`; what `services=` selects by. */
  readonly service: string
  /** `{provider}:{service}:{type}`, such as `aws:ec2:network-interface`. */
  readonly resourceType: string
}

const azureCase = new Map(AZURE_TYPES.map((type) => [type.toLowerCase(), type]))

const rules: Readonly<Record<CatalogueProvider, (nativeType: string) => readonly [service: string, type: string]>> = {
  aws: awsName,
  azure: azureName,
  gcp: gcpName,
}

// Types come from the providers, so this could grow with their imagination; it is cut long before it costs memory.
const MEMO_MAX = 10_000
const memo: Readonly<Record<CatalogueProvider, Map<string, TypeName>>> = {
  aws: new Map(),
  azure: new Map(),
  gcp: new Map(),
}

/** Names also the types that the catalogue does not list. Called for every resource, hence the memory. */
export function nameOf(provider: CatalogueProvider, nativeType: string): TypeName {
  const known = memo[provider].get(nativeType)
  if (known) return known
  const [service, type] = rules[provider](nativeType)
  const name = {
    service: service || 'unknown',
    resourceType: `${provider}:${service || 'unknown'}:${type || 'unknown'}`,
  }
  if (memo[provider].size >= MEMO_MAX) memo[provider].clear()
  memo[provider].set(nativeType, name)
  return name
}

// AWS::EC2::NetworkInterface; a third party's own types have other first words: MyOrg::Service::Kind.
function awsName(nativeType: string) {
  const [vendor = '', service = '', ...kind] = nativeType.split('::')
  const name = vendor === 'AWS' ? service : `${vendor}-${service}`
  return [slug(name), kebab(kind.join('-'))] as const
}

// microsoft.compute/virtualmachines in any letter case; partners' namespaces have no `microsoft.`.
function azureName(nativeType: string) {
  const lower = nativeType.toLowerCase()
  const canonical = azureCase.get(lower)
  const slash = lower.indexOf('/')
  const namespace = slash < 0 ? lower : lower.slice(0, slash)
  const kind = slash < 0 ? '' : canonical ? canonical.slice(slash + 1) : lower.slice(slash + 1)
  return [slug(namespace.replace(/^microsoft\./, '')), kebab(kind)] as const
}

// compute.googleapis.com/Instance; rbac.authorization.k8s.io/Role, whose group goes into the type.
function gcpName(nativeType: string) {
  const slash = nativeType.indexOf('/')
  const host = (slash < 0 ? nativeType : nativeType.slice(0, slash)).toLowerCase()
  const kind = slash < 0 ? '' : kebab(nativeType.slice(slash + 1))
  const group = /^(?:(.+)\.)?k8s\.io$/.exec(host)
  if (group) return ['k8s', [group[1] && slug(group[1]), kind].filter(Boolean).join('-')] as const
  return [slug(host.replace(/\.googleapis\.com$/, '')), kind] as const
}

function slug(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
}
