import { entries } from '@cae/catalogue'

/**
 * RE2 expressions for the asset types of services, as ListAssets takes them. One that matches no supported type is
 * refused, so each is made from a type that the catalogue knows.
 */
export function assetTypesOf(services: readonly string[]): string[] {
  const wanted = new Set(services)
  const types = entries('gcp').filter(({ service }) => wanted.has(service))
  const hosts = new Set(types.map(({ nativeType }) => nativeType.slice(0, nativeType.indexOf('/'))))
  const groups = [...hosts].map((host) => (host.endsWith('k8s.io') ? '(.*\\.)?k8s.io' : host))
  return [...new Set(groups)].map((host) => `${host}/.*`)
}
