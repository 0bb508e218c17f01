import { entries } from '@cae/catalogue'
import { ExtractionError } from '@cae/core'

/** Any API group of Kubernetes: `k8s.io`, `apps.k8s.io`, `rbac.authorization.k8s.io`. */
const KUBERNETES = '*.k8s.io'

/** Which asset types a slice lists. Words are hosts (`compute.googleapis.com`), `*.k8s.io`, or whole types. */
export interface TypeSelection {
  /** All where absent; never empty. */
  readonly only?: readonly string[]
  /** Of those: types of a host in `only`, or hosts where `only` is absent. */
  readonly except?: readonly string[]
}

/**
 * What the search counts under the name of another type than the listing gives it. Source: "Supported asset types", on those
 * that are not available in the search APIs, and on which resources each API returns of the others.
 */
const SEARCHED_AS: Readonly<Record<string, string>> = {
  'compute.googleapis.com/GlobalAddress': 'compute.googleapis.com/Address',
  'compute.googleapis.com/GlobalForwardingRule': 'compute.googleapis.com/ForwardingRule',
  'compute.googleapis.com/RegionBackendService': 'compute.googleapis.com/BackendService',
  'compute.googleapis.com/RegionDisk': 'compute.googleapis.com/Disk',
}

/** The type by whose name the search counts what the listing gives as this one. */
export function searchedAs(assetType: string): string {
  return SEARCHED_AS[assetType] ?? assetType
}

/** The types by which the listing gives what the search counts as this one, itself first. */
export function listedAs(assetType: string): string[] {
  const others = Object.keys(SEARCHED_AS).filter((other) => SEARCHED_AS[other] === assetType)
  return [assetType, ...others]
}

/** The hosts of services, as far as the catalogue knows their types. */
export function hostsOf(services: readonly string[]): string[] {
  const wanted = new Set(services)
  const types = entries('gcp').filter(({ service }) => wanted.has(service))
  const hosts = types.map(({ nativeType }) => nativeType.slice(0, nativeType.indexOf('/')))
  return [...new Set(hosts.map((host) => (isKubernetes(host) ? KUBERNETES : host)))]
}

export function isKubernetes(host: string): boolean {
  return host === KUBERNETES || host === 'k8s.io' || host.endsWith('.k8s.io')
}

/**
 * The selection as ListAssets takes it: one RE2 expression for all, since one that matches no supported type would be
 * refused, and with it the whole request. Undefined for all types. Throws `INTERNAL` where `only` is empty: an expression of
 * nothing matches nothing, and its slice would look as if there were nothing.
 */
export function assetTypesOf({ only, except = [] }: TypeSelection): string[] | undefined {
  if (!only) return except.length === 0 ? undefined : [`${notHosts(except)}/.*`]
  if (only.length === 0) throw new ExtractionError('INTERNAL', 'a slice of no asset types')
  const ways = only.map((word) => expressionOf(word, except))
  return [ways.length === 1 ? ways[0]! : `(?:${ways.join('|')})`]
}

/** The selection without its exceptions, for an API that refuses the longer expression. */
export function wideAssetTypesOf({ only }: TypeSelection): string[] | undefined {
  return assetTypesOf(only ? { only } : {})
}

/** Whether a type is among the exceptions. */
export function isExcepted(assetType: string, { except = [] }: TypeSelection): boolean {
  if (except.length === 0) return false
  return except.includes(assetType) || except.includes(assetType.slice(0, assetType.indexOf('/')))
}

function expressionOf(word: string, except: readonly string[]): string {
  if (word === KUBERNETES) return '(?:.*\\.)?k8s\\.io/.*'
  if (word.includes('/')) return escape(word)
  const kinds = except.filter((type) => type.startsWith(`${word}/`)).map((type) => type.slice(word.length + 1))
  return `${escape(word)}/${kinds.length === 0 ? '.*' : complement(kinds, '/')}`
}

/**
 * Hosts that are none of these. By first labels, then by the rest behind each, which is nearly always the same: an
 * expression that took the hosts as they are would be several times as long.
 */
function notHosts(hosts: readonly string[]): string {
  const rests = new Map<string, string[]>()
  for (const host of hosts) {
    const [label = '', ...rest] = host.split('.')
    rests.set(label, [...(rests.get(label) ?? []), rest.join('.')])
  }
  const byRest = new Map<string, string[]>()
  for (const [label, list] of rests) {
    const key = list.toSorted().join(' ')
    byRest.set(key, [...(byRest.get(key) ?? []), label])
  }
  const known = [...byRest].map(
    ([key, labels]) => `(?:${labels.map(escape).join('|')})\\.${complement(key.split(' '), '/')}`,
  )
  return `(?:${complement([...rests.keys()], './')}(?:\\.[^/]*)?|${known.join('|')})`
}

/**
 * RE2, which cannot look ahead, for every text that is none of the words and has none of the `outside` characters: at each
 * letter the text ends too early, goes another way, or goes on.
 */
export function complement(words: readonly string[], outside: string): string {
  const byFirst = new Map<string, string[]>()
  for (const word of words) {
    if (word !== '') byFirst.set(word[0]!, [...(byFirst.get(word[0]!) ?? []), word.slice(1)])
  }
  const letters = [...byFirst.keys()].map(escape).join('')
  const ways = [
    ...(words.includes('') ? [] : ['']),
    `[^${letters}${outside}][^${outside}]*`,
    ...[...byFirst].map(([letter, rest]) => escape(letter) + complement(rest, outside)),
  ]
  return `(?:${ways.join('|')})`
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\-]/g, '\\$&')
}
