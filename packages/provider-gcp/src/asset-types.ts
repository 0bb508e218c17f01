import { entries } from '@cae/catalogue'

/**
 * The asset types of services, as ListAssets takes them: one RE2 expression for all, since one that matches no supported
 * type would be refused, and with it the whole request.
 */
export function assetTypesOf(services: readonly string[]): string[] {
  const wanted = new Set(services)
  const types = entries('gcp').filter(({ service }) => wanted.has(service))
  const hosts = new Set(types.map(({ nativeType }) => nativeType.slice(0, nativeType.indexOf('/'))))
  const patterns = new Set(
    [...hosts].map((host) => (host.endsWith('k8s.io') ? KUBERNETES : host.replaceAll('.', '\\.'))),
  )
  return [`(${[...patterns].join('|')})/.*`]
}

// k8s.io, apps.k8s.io, rbac.authorization.k8s.io
const KUBERNETES = '(.*\\.)?k8s\\.io'
