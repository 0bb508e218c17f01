import { combine, hashText, hex, uuid } from './hash.ts'
import type { ProviderName } from './resource-type.ts'
import { APPS, ENVIRONMENTS, TEAMS } from './words.ts'

/** What the estate is drawn from. Absent numbers follow from `resources`. */
export interface EstateOptions {
  /** Any whole number; the same seed and sizes give the same estate. */
  readonly seed: number
  /** Resources in all three clouds together, 10 to 50,000,000: half AWS, three tenths Azure, the rest GCP. */
  readonly resources: number
  readonly awsAccounts?: number
  /** How many of the known regions, or their names. */
  readonly awsRegions?: number | readonly string[]
  readonly azureSubscriptions?: number
  readonly gcpProjects?: number
}

export const MIN_RESOURCES = 10
export const MAX_RESOURCES = 50_000_000
const MAX_SCOPES = 10_000

/** Commercial regions, the home region first. */
export const REGIONS = [
  'us-east-1',
  'eu-west-1',
  'us-west-2',
  'eu-central-1',
  'ap-southeast-1',
  'us-east-2',
  'ap-northeast-1',
  'ap-south-1',
  'eu-west-2',
  'ca-central-1',
  'sa-east-1',
  'ap-southeast-2',
  'eu-north-1',
  'eu-west-3',
  'us-west-1',
  'ap-northeast-2',
  'ap-northeast-3',
] as const

export interface ScopeNames {
  readonly counts: Readonly<Record<ProviderName, number>>
  readonly awsAccounts: readonly string[]
  readonly awsRegions: readonly string[]
  readonly azureSubscriptions: readonly string[]
  readonly azureTenant: string
  readonly gcpProjects: readonly string[]
  readonly gcpOrganization: string
}

/** Throws `RangeError` naming the option that can't be. */
export function scopeNames(options: EstateOptions): ScopeNames {
  const { resources } = options
  whole('seed', options.seed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
  whole('resources', resources, MIN_RESOURCES, MAX_RESOURCES)
  const aws = Math.floor(resources / 2)
  const azure = Math.floor(resources * 0.3)
  const counts = { aws, azure, gcp: resources - aws - azure }
  const accounts = options.awsAccounts ?? derived(aws, 20)
  const subscriptions = options.azureSubscriptions ?? derived(azure, 16)
  const projects = options.gcpProjects ?? derived(counts.gcp, 12)
  whole('awsAccounts', accounts, 1, MAX_SCOPES)
  // A subscription and a project are resources themselves, so there can't be more of them than resources.
  whole('azureSubscriptions', subscriptions, 1, Math.min(MAX_SCOPES, azure))
  whole('gcpProjects', projects, 1, Math.min(MAX_SCOPES, counts.gcp))
  const salt = hashText(`scopes ${options.seed}`)
  return {
    counts,
    awsAccounts: times(accounts, (n) => accountId(salt, n)),
    awsRegions: regionNames(options.awsRegions ?? derivedRegions(aws)),
    azureSubscriptions: times(subscriptions, (n) => uuid(combine(salt + 1, n))),
    azureTenant: uuid(combine(salt, 2)),
    gcpProjects: times(projects, (n) => projectId(combine(salt + 3, n), n)),
    gcpOrganization: String(100_000_000_000 + combine(salt, 4)),
  }
}

function derived(resources: number, divisor: number): number {
  return Math.min(500, Math.max(1, Math.round(Math.sqrt(resources) / divisor)))
}

function derivedRegions(resources: number): number {
  return Math.min(12, Math.max(1, Math.floor(Math.log2(resources / 25))))
}

function regionNames(regions: number | readonly string[]): readonly string[] {
  if (typeof regions === 'number') {
    whole('awsRegions', regions, 1, REGIONS.length)
    return REGIONS.slice(0, regions)
  }
  if (
    regions.length === 0 ||
    new Set(regions).size !== regions.length ||
    !regions.every((r) => /^[a-z]{2}(-[a-z]+)+-\d$/.test(r))
  ) {
    throw new RangeError('awsRegions must be different region names, such as us-east-1')
  }
  return regions
}

function whole(name: string, value: number, min: number, max: number): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return
  throw new RangeError(`${name} must be a whole number from ${min} to ${max}, not ${value}`)
}

function times<T>(count: number, make: (n: number) => T): T[] {
  return Array.from({ length: count }, (_, n) => make(n))
}

// Seven drawn digits and five counted ones: no account twice.
function accountId(salt: number, n: number): string {
  return String(1_000_000 + (combine(salt, n) % 9_000_000)) + String(10_000 + n)
}

function projectId(hash: number, n: number): string {
  const pick = (words: readonly string[], salt: number) => words[combine(hash, salt) % words.length]!
  return `${pick(TEAMS, 1)}-${pick(APPS, 2)}-${pick(ENVIRONMENTS, 3)}-${hex(hash, 3)}${n.toString(36)}`
}
