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
