import type { ProviderName } from '@cae/core'
import type { CheckPlace } from '@cae/runtime'
import { count, counted } from '../text/quantity.ts'
import { shortId } from '../text/short-id.ts'
import type { Terminal } from '../text/terminal.ts'

/** `123456789012 us-east-1`, `9 regions of 123456789012`, `1,980 regions of 200 accounts`. */
export function placeText(name: ProviderName, places: readonly CheckPlace[], terminal: Terminal): string {
  const regions = places.flatMap((place) => place.regions).filter((region) => region !== 'global')
  const [first] = places
  if (places.length === 1) {
    const scope = shortId(first!.scope, terminal)
    if (first!.regions.length === 1) return regions.length === 0 ? scope : `${scope} ${regions[0]}`
    return `${counted(first!.regions.length, 'region')} of ${scope}`
  }
  const scopes = `${count(places.length)} ${nounOf(name, places)}s`
  return regions.length === 0 ? scopes : `${counted(regions.length, 'region')} of ${scopes}`
}

const NOUNS: Readonly<Record<ProviderName, readonly [RegExp, string]>> = {
  aws: [/^\d{12}$/, 'account'],
  azure: [/^[\da-f-]{36}$/, 'subscription'],
  gcp: [/^[a-z][a-z0-9.:-]*$|^\d+$/, 'project'],
}

export function nounOf(name: ProviderName, places: readonly CheckPlace[]): string {
  const [form, noun] = NOUNS[name]
  return places.every(({ scope }) => form.test(scope)) ? noun : 'scope'
}

/**
 * Whether a check is of a permission, such as `config:SelectResourceConfig`, `*\/read` or `cloudasset.assets.listResource`,
 * perhaps for one thing (`…/read resources`). Else it is of a state: `recorder`, `aggregator NAME`, an API that is enabled.
 */
export function isPermission(check: string): boolean {
  const [action = check] = check.split(' ')
  return /[:/]|\w\.\w+\.\w/.test(action) && !action.endsWith('.googleapis.com')
}
