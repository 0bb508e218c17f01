import type { GcpOptions } from './options.ts'

/** What the settings name: a project, or a folder or organization with all that is below it. */
export interface GcpScope {
  /** `my-project`, `folders/45`, `organizations/123`: the scope of its slices. */
  readonly id: string
  /** As requests name it: `projects/my-project`, `folders/45`, … */
  readonly parent: string
  readonly regions?: readonly string[]
}

/** Those above come first, in the order of the settings. */
export function scopesOf({ scopes = [], projects }: GcpOptions): GcpScope[] {
  return [
    ...scopes.map((id) => ({ id, parent: id })),
    ...projects.map(({ project_id, regions }) => ({
      id: project_id,
      parent: `projects/${project_id}`,
      ...(regions && { regions }),
    })),
  ]
}

/**
 * The scopes that a request is about. A project that the settings do not name is a scope of its own where they name a
 * folder or an organization, below which it may be; Google says whether we may read it.
 */
export function wantedScopes(scopes: readonly GcpScope[], accounts: readonly string[] | undefined): GcpScope[] {
  if (!accounts) return [...scopes]
  const named = scopes.filter(({ id }) => accounts.includes(id))
  const others = accounts.filter((account) => !scopes.some(({ id }) => id === account))
  return [...named, ...others.flatMap((id) => scopeOf(scopes, id) ?? [])]
}

// Not by its number, which an account of another cloud may have too.
const PROJECT_ID = /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/

export function scopeOf(scopes: readonly GcpScope[], id: string): GcpScope | undefined {
  const named = scopes.find((scope) => scope.id === id)
  if (named || !PROJECT_ID.test(id) || scopes.every(isProject)) return named
  return { id, parent: `projects/${id}` }
}

export function isProject({ parent }: GcpScope): boolean {
  return parent.startsWith('projects/')
}

export function isOrganization({ parent }: Pick<GcpScope, 'parent'>): boolean {
  return parent.startsWith('organizations/')
}

/** The organization that calls are counted against, where the settings say it; one deployment has one. */
export function organizationOf({ scopes = [] }: GcpOptions): string {
  const named = scopes.find((scope) => scope.startsWith('organizations/'))
  return named ? named.slice('organizations/'.length) : 'default'
}
