import { scopeNames, type EstateOptions, type ScopeNames } from './estate-options.ts'
import { combine, fraction, hashText } from './hash.ts'
import { textTemplate } from './hole.ts'
import { itemOf } from './item.ts'
import { typeTable, type EstateSlice, type Item, type ProviderName, type TypeTable } from './resource-type.ts'
import { AWS_TYPES } from './types/aws.ts'
import { AZURE_TYPES } from './types/azure.ts'
import { GCP_TYPES } from './types/gcp.ts'

/** How many resources one slice of the truth has. Azure: one per subscription and table. */
export interface SliceCount {
  readonly provider: ProviderName
  readonly scope: string
  readonly region: string | null
  readonly table: string | null
  readonly count: number
}

/** What exists, drawn from a seed. Nothing is held per resource: each is made when it is asked for. */
export interface Estate {
  /** 12 digits each; the first is the management account. */
  readonly awsAccounts: readonly string[]
  readonly awsRegions: readonly string[]
  /** UUIDs. */
  readonly azureSubscriptions: readonly string[]
  readonly azureTenant: string
  readonly gcpProjects: readonly string[]
  /** Digits of the organization that all projects belong to. */
  readonly gcpOrganization: string
  slices(): SliceCount[]
  /** ARNs, lower-cased ARM ids, full resource names: what `metadata.resource_id` of the artifacts must be. */
  ids(provider: ProviderName): Iterable<string>
  count(provider: ProviderName): number
  /** The slices of a provider, in the order in which its resources are listed. */
  readonly tables: Readonly<Record<ProviderName, readonly EstateSlice[]>>
}

export const TYPES: Readonly<Record<ProviderName, TypeTable>> = {
  aws: typeTable(AWS_TYPES),
  azure: typeTable(AZURE_TYPES),
  gcp: typeTable(GCP_TYPES),
}

export const HOME_REGION = 'us-east-1'
const ID_PART: Readonly<Record<ProviderName, string>> = { aws: 'arn', azure: 'lowerId', gcp: 'fullName' }

/** Throws `RangeError` naming the option that can't be. */
export function createEstate(options: EstateOptions): Estate {
  const names = scopeNames(options)
  const salt = hashText(`estate ${options.seed}`)
  const tables = {
    aws: awsSlices(names, salt),
    azure: flatSlices('azure', names.azureTenant, names.azureSubscriptions, names.counts.azure, salt),
    gcp: flatSlices('gcp', names.gcpOrganization, names.gcpProjects, names.counts.gcp, salt),
  }
  return {
    ...names,
    tables,
    slices: () => [...tables.aws, ...tables.azure, ...tables.gcp].flatMap(sliceCounts),
    ids: (provider) => ids(tables[provider], ID_PART[provider]),
    count: (provider) => names.counts[provider],
  }
}

export function* itemsOf(slice: EstateSlice): Iterable<Item> {
  for (const [type, count] of slice.counts.entries()) {
    for (let k = 0; k < count; k++) yield itemOf(slice, type, k)
  }
}

function* ids(slices: readonly EstateSlice[], part: string): Iterable<string> {
  const template = textTemplate(`{{${part}}}`)
  for (const slice of slices) for (const item of itemsOf(slice)) yield template(item)
}

function sliceCounts({ provider, scope, region, counts, types, total }: EstateSlice): SliceCount[] {
  if (provider !== 'azure') return [{ provider, scope, region: region || null, table: null, count: total }]
  const tables = new Map<string, number>()
  for (const [n, { table }] of types.types.entries()) tables.set(table!, (tables.get(table!) ?? 0) + counts[n]!)
  return [...tables].map(([table, count]) => ({ provider, scope, region: null, table, count }))
}

function awsSlices({ awsAccounts, awsRegions, counts }: ScopeNames, salt: number): EstateSlice[] {
  const perAccount = share(counts.aws, skewed(awsAccounts.length, salt))
  const parent = awsAccounts[0]!
  return awsAccounts.flatMap((scope, n) =>
    accountSlices({ provider: 'aws', scope, parent, salt: combine(salt, n) }, awsRegions, perAccount[n]!),
  )
}

type SliceOwner = Pick<EstateSlice, 'provider' | 'scope' | 'parent' | 'salt'>

// The home region comes first and has what is global; without it other regions' references would point nowhere.
function accountSlices(owner: SliceOwner, regions: readonly string[], total: number): EstateSlice[] {
  const ordered = regions.toSorted((a, b) => Number(b === HOME_REGION) - Number(a === HOME_REGION))
  const counts = share(total, skewed(regions.length, owner.salt), 1)
  let home: EstateSlice | null = null
  return ordered.map((region, n) => {
    const slice = makeSlice({ ...owner, salt: combine(owner.salt, hashText(region)) }, region, counts[n]!, home)
    home ??= slice
    return slice
  })
}

// Each subscription and project is a resource itself, hence at least one in each.
function flatSlices(
  provider: ProviderName,
  parent: string,
  scopes: readonly string[],
  total: number,
  salt: number,
): EstateSlice[] {
  const counts = share(total, skewed(scopes.length, combine(salt, provider.length)), scopes.length)
  return scopes.map((scope, n) =>
    makeSlice({ provider, scope, parent, salt: combine(salt, hashText(scope)) }, '', counts[n]!, null),
  )
}

function makeSlice(owner: SliceOwner, region: string, total: number, home: EstateSlice | null): EstateSlice {
  const types = TYPES[owner.provider]
  return { ...owner, region, total, types, home, counts: typeCounts(types, total, owner.salt, home === null) }
}

// Base types first, one each, so that what refers to them finds one; the rest by weight, with some types missing.
function typeCounts({ types }: TypeTable, total: number, salt: number, isHome: boolean): Int32Array {
  const counts = new Int32Array(types.length)
  let rest = total
  for (const [n, type] of types.entries()) {
    if (!type.base || rest === 0 || (type.global && !isHome)) continue
    counts[n] = 1
    rest--
  }
  const weights = types.map((type, n) => {
    const luck = fraction(combine(salt, n))
    const absent = type.single || (type.global && !isHome) || (!type.base && luck < 0.1)
    return absent ? 0 : type.weight * (0.4 + luck)
  })
  for (const [n, extra] of share(rest, weights).entries()) counts[n]! += extra
  return counts
}

/** Few large, many small, as real accounts are. */
function skewed(length: number, salt: number): number[] {
  return Array.from({ length }, (_, n) => (0.5 + fraction(combine(salt, n))) / (n + 1) ** 0.7)
}

/** Divides a whole number by weights; the parts sum to it exactly. The first `atLeastOne` parts get one each, if there are so many. */
function share(total: number, weights: readonly number[], atLeastOne = 0): number[] {
  const ones = Math.min(total, atLeastOne)
  const rest = total - ones
  const sum = weights.reduce((a, b) => a + b, 0)
  let before = 0
  let passed = 0
  return weights.map((weight, n) => {
    passed += weight
    const upTo = n === weights.length - 1 ? rest : Math.round((rest * passed) / sum)
    const part = upTo - before
    before = upTo
    return part + (n < ones ? 1 : 0)
  })
}
