import type { ProviderName } from '@cae/core'
import { MAX_ERRORS, type FieldError } from './problem.ts'

/** The providers that a name belongs to, each with the services it means there; undefined: it says nothing of services. */
export type Reach = ReadonlyMap<ProviderName, ReadonlySet<string> | undefined>

export interface Named {
  /** As the settings or the catalogue write it. */
  readonly name: string
  /** The caller's words for it, where one may mean several names: it is for nothing only where all of them are. */
  readonly given?: readonly string[]
  readonly reach: Reach
}

/** One field of a request that narrows it. */
export interface Selected {
  readonly field: string
  readonly names: readonly Named[]
  /** Of all names together. */
  readonly reach: Reach
}

/** Names of a field, each once. */
export function selected(field: string, given: readonly Named[]): Selected {
  const names = [...new Map(given.map((one) => [one.name, one])).values()]
  const reach = new Map<ProviderName, Set<string> | undefined>()
  for (const [provider, services] of names.flatMap((one) => [...one.reach])) {
    if (!services) reach.set(provider, undefined)
    else reach.set(provider, new Set([...(reach.get(provider) ?? []), ...services]))
  }
  return { field, names, reach }
}

/** The providers of which every field leaves something, and all of them something in common. */
export function remaining(providers: readonly ProviderName[], reaches: readonly Reach[]): ProviderName[] {
  return providers.filter(
    (name) => reaches.every((reach) => reach.has(name)) && overlap(reaches.map((reach) => reach.get(name))),
  )
}

/** Whether all of the sets that there are have a service in common. */
function overlap(sets: readonly (ReadonlySet<string> | undefined)[]): boolean {
  const [first, ...more] = sets.filter((set) => set !== undefined)
  return !first || [...first].some((service) => more.every((set) => set.has(service)))
}

/** Which of the providers that were named, and which names of each field, nothing is read of, and why. */
export function leftOut(named: readonly ProviderName[], selection: readonly Selected[]): FieldError[] {
  const kept = remaining(
    named,
    selection.map(({ reach }) => reach),
  )
  const providers = named
    .filter((name) => !kept.includes(name))
    .map((name) => ({ field: 'providers', message: `nothing of ${name} is read: ${whyNot(name, 'it', selection)}` }))
  return [...providers, ...selection.flatMap((one) => idleNames(one, selection))]
}

function idleNames({ field, names }: Selected, selection: readonly Selected[]): FieldError[] {
  const others = selection.filter((one) => one.field !== field)
  const isIdle = ({ reach }: Named) => {
    const reaches = [reach, ...others.map((one) => one.reach)]
    return remaining([...reach.keys()], reaches).length === 0
  }
  const served = new Set(names.filter((one) => !isIdle(one)).flatMap(({ given = [] }) => given))
  const idle = names.filter((one) => isIdle(one) && !one.given?.some((word) => served.has(word)))
  return idle.slice(0, MAX_ERRORS).map(({ name, reach }) => {
    const reasons = new Set([...reach.keys()].map((provider) => whyNot(provider, provider, others)))
    return { field, message: `${JSON.stringify(name)} selects nothing: ${[...reasons].join(', ')}` }
  })
}

/** `subject`: what the sentence calls the provider. */
function whyNot(provider: ProviderName, subject: string, selection: readonly Selected[]): string {
  const lacking = selection.filter(({ reach }) => !reach.has(provider))
  if (lacking.length > 0) {
    return `${subject} has none of the ${lacking.map(({ field, names }) => `${field} ${few(names.map(({ name }) => name))}`).join(', nor of the ')}`
  }
  const narrowing = selection.filter(({ reach }) => reach.get(provider)).map(({ field }) => field)
  return `nothing of it is in the ${narrowing.join(' and the ')}`
}

const FEW = 3

/** The first of the names, and how many more there are. */
export function few(names: readonly string[]): string {
  const more = names.length > FEW ? ` and ${names.length - FEW} more` : ''
  return names.slice(0, FEW).join(', ') + more
}
