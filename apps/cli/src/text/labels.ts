import type { ProviderName } from '@cae/core'

export const PROVIDER_LABELS: Readonly<Record<ProviderName, string>> = { aws: 'AWS', azure: 'Azure', gcp: 'GCP' }
