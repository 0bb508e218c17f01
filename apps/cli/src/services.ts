import { PROVIDER_NAMES, type ProviderName } from '@cae/core'
import type { ApiClient } from './api/client.ts'
import type { ServicesDetail, ServiceDetail } from './api/views.ts'
import { EXIT } from './exit-code.ts'
import { PROVIDER_LABELS } from './text/labels.ts'
import { count, counted } from './text/quantity.ts'
import { table } from './text/table.ts'
import type { Terminal } from './text/terminal.ts'

export interface ServicesOptions {
  readonly provider?: readonly string[]
  readonly json?: boolean
}

/** The services that requests can name; with words, those that fit one, and their resource types. */
export async function listServices(
  client: ApiClient,
  words: readonly string[],
  { provider, json }: ServicesOptions,
  terminal: Terminal,
): Promise<number> {
  const found = fitting(await client.services(), words, provider)
  const lines = json ? [JSON.stringify({ services: found })] : serviceLines(found, words, provider, terminal)
  for (const line of lines) terminal.say(line)
  return EXIT.complete
}

/** A service fits by its name, with all its types, or by those of its types that fit. */
function fitting(
  all: ServicesDetail,
  words: readonly string[],
  providers: readonly string[] | undefined,
): ServicesDetail {
  const wanted = words.map((word) => word.toLowerCase())
  const fits = (text: string) => wanted.length === 0 || wanted.some((word) => text.toLowerCase().includes(word))
  const names = PROVIDER_NAMES.filter((name) => all[name] && (providers?.includes(name) ?? true))
  const services = (name: ProviderName) =>
    all[name]!.flatMap((service): ServiceDetail[] => {
      const { name: own, aliases, resource_types, native_types } = service
      if ([own, `${name}:${own}`, ...aliases].some(fits)) return [service]
      const types = resource_types.filter((type) => fits(type) || fits(native_types[type] ?? ''))
      const native = Object.entries(native_types).filter(([type]) => types.includes(type))
      return types.length > 0 ? [{ ...service, resource_types: types, native_types: Object.fromEntries(native) }] : []
    })
  return Object.fromEntries(names.map((name) => [name, services(name)]))
}

function serviceLines(
  found: ServicesDetail,
  words: readonly string[],
  providers: readonly string[] | undefined,
  terminal: Terminal,
): string[] {
  const all = PROVIDER_NAMES.flatMap((provider) =>
    (found[provider] ?? []).map((service) => ({ provider: PROVIDER_LABELS[provider], ...service })),
  )
  if (all.length === 0) {
    const where = providers ? ` of ${providers.join(', ')}` : ''
    return [`No service or resource type${where} has ${words.join(' or ')} in its name.`]
  }
  if (words.length > 0) {
    const columns = [
      { head: 'Cloud' },
      { head: 'Service' },
      { head: 'Resource type', whole: true },
      { head: "In the cloud's words" },
    ]
    const rows = all.flatMap(({ provider, name, aliases, resource_types, native_types }) => {
      const called = [name, ...aliases].join(', ')
      return resource_types.map((type) => [provider, called, type, native_types[type] ?? '–'])
    })
    return table(columns, rows, terminal)
  }
  const columns = [{ head: 'Cloud' }, { head: 'Service' }, { head: 'Types', align: 'right' }] as const
  const rows = all.map(({ provider, name, resource_types }) => [provider, name, count(resource_types.length)])
  const end = terminal.colors.dim(`${counted(all.length, 'service')}; with a word, such as storage, their types`)
  return [...table(columns, rows, terminal), '', end]
}
