import { denied, invalid } from './error.ts'
import type { EstateSlice } from '../estate/resource-type.ts'
import type { World } from '../world.ts'

const FOLDERS = 8

/** What a fault rule may name a parent by: whole, or by its id alone. */
export function namesOf(parent: string): readonly string[] {
  return [parent, parent.split('/').at(-1)!]
}

/** The projects below `organizations/N`, `folders/0` to `folders/7` or `projects/ID`, by id or number. */
export function slicesOf({ estate }: World, parent: string): readonly EstateSlice[] {
  const [kind, id] = parent.split('/')
  const { gcp } = estate.tables
  if (kind === 'organizations' && id === estate.gcpOrganization) return gcp
  if (kind === 'folders' && /^[0-7]$/.test(id ?? '')) return gcp.filter((slice) => slice.salt % FOLDERS === Number(id))
  if (kind === 'projects') {
    const found = gcp.filter((slice) => slice.scope === id || String(100_000_000_000 + slice.salt) === id)
    if (found.length > 0) return found
  }
  if (!['organizations', 'folders', 'projects'].includes(kind ?? '') || !id) {
    throw invalid(`Request contains an invalid parent: ${parent}`)
  }
  // Google does not tell what does not exist from what one may not see.
  throw denied(parent)
}
