export const PROVIDER_NAMES = ['aws', 'azure', 'gcp'] as const
/** A cloud we extract from. */
export type ProviderName = (typeof PROVIDER_NAMES)[number]
