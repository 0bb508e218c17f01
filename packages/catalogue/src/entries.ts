import { AWS_TYPES } from './aws-types.ts'
import { AZURE_TYPES } from './azure-types.ts'
import { GCP_TYPES } from './gcp-types.ts'
import { nameOf, type CatalogueProvider } from './name-of.ts'

export const CATALOGUE_PROVIDERS: readonly CatalogueProvider[] = ['aws', 'azure', 'gcp']

/** One resource type of one provider. */
export interface CatalogueEntry {
  readonly provider: CatalogueProvider
  /** Such as `ec2`, `compute`, `storage`. */
  readonly service: string
  /** Such as `aws:ec2:network-interface`. */
  readonly resourceType: string
  /** As the provider's inventory reports it; Azure's is lower case. */
  readonly nativeType: string
}

const nativeTypes: Readonly<Record<CatalogueProvider, readonly string[]>> = {
  aws: AWS_TYPES,
  azure: AZURE_TYPES.map((type) => type.toLowerCase()),
  gcp: GCP_TYPES,
}

const byProvider = perProvider((provider) =>
  nativeTypes[provider].map((nativeType): CatalogueEntry => ({
    provider,
    ...nameOf(provider, nativeType),
    nativeType,
  })),
)
const serviceLists = perProvider((provider) =>
  [...new Set(byProvider[provider].map(({ service }) => service))].toSorted(),
)

/** Every known resource type, of one provider or of all. A provider may report types that are not listed. */
export function entries(provider?: CatalogueProvider): readonly CatalogueEntry[] {
  return provider ? byProvider[provider] : CATALOGUE_PROVIDERS.flatMap((name) => byProvider[name])
}

/** The provider's services, sorted. */
export function services(provider: CatalogueProvider): readonly string[] {
  return serviceLists[provider]
}

function perProvider<T>(make: (provider: CatalogueProvider) => T): Readonly<Record<CatalogueProvider, T>> {
  return { aws: make('aws'), azure: make('azure'), gcp: make('gcp') }
}
