import type { Finding, Permission } from '@cae/core'

/** Declared actions of which no finding says whether they are allowed. */
export function untried(permissions: readonly Permission[], findings: readonly Finding[]): string[] {
  const known = new Set(findings.flatMap(({ check, tried = [check] }) => tried))
  return permissions.map(({ action }) => action).filter((action) => !known.has(action))
}
