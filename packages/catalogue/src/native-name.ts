import { entries } from './entries.ts'
import { nameOf, type CatalogueProvider } from './name-of.ts'

/** What a name in a cloud's own spelling means. */
export interface NativeName {
  readonly provider: CatalogueProvider
  /** Our name, such as `aws:ec2:instance`, or a glob over our names where the given one ends with `*`. */
  readonly resourceType: string
  /** The catalogue lists exactly this type. A cloud may report others. */
  readonly listed: boolean
}

// The last word may be `*`: all that stands below the words before it.
const SPELLINGS: readonly (readonly [CatalogueProvider, RegExp])[] = [
  ['aws', /^[a-z0-9]+::[a-z0-9]+::([a-z0-9]+|\*)$/i],
  ['gcp', /^([a-z0-9-]+\.)*(googleapis\.com|k8s\.io)\/([a-z0-9]+|\*)$/i],
  ['azure', /^[a-z0-9-]+(\.[a-z0-9-]+)+(\/[a-z0-9-]+)*\/([a-z0-9-]+|\*)$/i],
]

const listed = new Map(entries().map((entry) => [entry.nativeType.toLowerCase(), entry]))

/**
 * `AWS::EC2::Instance`, `microsoft.compute/virtualMachines`, `compute.googleapis.com/*` in any letter case; undefined where
 * no cloud spells its types so.
 */
export function fromNativeName(given: string): NativeName | undefined {
  const entry = listed.get(given.toLowerCase())
  if (entry) return { provider: entry.provider, resourceType: entry.resourceType, listed: true }
  const [provider] = SPELLINGS.find(([, spelling]) => spelling.test(given)) ?? []
  if (!provider) return undefined
  const resourceType = given.endsWith('*') ? globOf(provider, given) : nameOf(provider, given).resourceType
  return { provider, resourceType, listed: false }
}

// A letter in place of the star goes through the naming as any kind does.
function globOf(provider: CatalogueProvider, given: string): string {
  return nameOf(provider, given.replace(/\*$/, 'z')).resourceType.replace(/z$/, '*')
}
