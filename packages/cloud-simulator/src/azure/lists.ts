import { ok } from './answer.ts'
import { AzureError } from './error.ts'
import { groupTree } from './groups.ts'
import type { Answer } from '../http.ts'
import type { World } from '../world.ts'

const LIST_PAGE = 100
const DESCENDANTS_PATH = /^\/providers\/microsoft\.management\/managementgroups\/([^/]+)\/descendants$/
const PROVIDER_PATH = /^\/subscriptions\/([^/]+)\/providers\/microsoft\.resourcegraph$/

/** What a GET is about; null where it is nothing that there is. */
export function listOf(world: World, path: string, url: URL): { operation: string; answer: () => Answer } | null {
  if (path === '/subscriptions') return { operation: 'Subscriptions', answer: () => subscriptions(world, url) }
  const group = DESCENDANTS_PATH.exec(path)?.[1]
  if (group) return { operation: 'Descendants', answer: () => descendants(world, decodeURIComponent(group), url) }
  const subscription = PROVIDER_PATH.exec(path)?.[1]
  return subscription ? { operation: 'Provider', answer: () => registration(world, subscription) } : null
}

function subscriptions({ estate, faults }: World, url: URL): Answer {
  const listed = estate.azureSubscriptions.filter((id) => !faults.holds('unlisted', 'azure', id))
  const isDisabled = (id: string) =>
    faults.holds('region_disabled', 'azure', id) || faults.holds('disabled_shown', 'azure', id)
  const toEntry = (id: string) => ({
    id: `/subscriptions/${id}`,
    authorizationSource: 'RoleBased',
    managedByTenants: [],
    subscriptionId: id,
    tenantId: estate.azureTenant,
    displayName: `Subscription ${id.slice(0, 8)}`,
    state: isDisabled(id) ? 'Disabled' : 'Enabled',
    subscriptionPolicies: {
      locationPlacementId: 'Public_2014-09-01',
      quotaId: 'EnterpriseAgreement_2014-09-01',
      spendingLimit: 'Off',
    },
  })
  return page(listed, toEntry, url)
}

/** Management groups and subscriptions below a group, whether or not the principal may read them. */
function descendants({ estate, faults }: World, name: string, url: URL): Answer {
  const tree = faults.holds('denied', 'azure', name) ? undefined : groupTree(estate, name)
  if (!tree) {
    const scope = `/providers/Microsoft.Management/managementGroups/${name}`
    throw new AzureError(
      403,
      'AuthorizationFailed',
      `The client does not have authorization to perform action 'Microsoft.Management/managementGroups/descendants/read' over scope '${scope}' or the scope is invalid.`,
    )
  }
  const [own, ...children] = tree
  const parent = { id: `/providers/Microsoft.Management/managementGroups/${own!.name}` }
  const groups = children.map((group) => ({
    id: `/providers/Microsoft.Management/managementGroups/${group.name}`,
    type: 'Microsoft.Management/managementGroups',
    name: group.name,
    properties: { displayName: group.name, parent },
  }))
  const below = own!.subscriptions.map((id) => ({
    id: `/subscriptions/${id}`,
    type: '/subscriptions',
    name: id,
    properties: { displayName: `Subscription ${id.slice(0, 8)}`, parent },
  }))
  return page<object>([...groups, ...below], (entry) => entry, url)
}

function registration({ estate, faults }: World, subscription: string): Answer {
  if (!estate.azureSubscriptions.includes(subscription) || faults.holds('denied', 'azure', subscription)) {
    throw new AzureError(
      403,
      'AuthorizationFailed',
      `The client does not have authorization to perform action 'Microsoft.Resources/subscriptions/providers/read' over scope '/subscriptions/${subscription}' or the scope is invalid.`,
    )
  }
  return ok(
    JSON.stringify({
      id: `/subscriptions/${subscription}/providers/Microsoft.ResourceGraph`,
      namespace: 'Microsoft.ResourceGraph',
      registrationPolicy: 'RegistrationFree',
      registrationState: faults.holds('unregistered', 'azure', subscription) ? 'NotRegistered' : 'Registered',
      resourceTypes: [],
    }),
  )
}

/** A page of an ARM list, and the address of the next one. */
function page<T>(all: readonly T[], toEntry: (one: T) => object, url: URL): Answer {
  const start = Number(url.searchParams.get('$skiptoken') ?? 0) || 0
  const value = all.slice(start, start + LIST_PAGE).map(toEntry)
  const next = new URL(url)
  next.searchParams.set('$skiptoken', String(start + LIST_PAGE))
  const more = start + LIST_PAGE < all.length
  return ok(
    JSON.stringify({ value, count: { type: 'Total', value: value.length }, ...(more && { nextLink: next.href }) }),
  )
}
