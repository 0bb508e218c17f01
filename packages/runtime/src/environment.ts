import { distance } from 'fastest-levenshtein'
import type { Description } from 'joi'
import { didYouMean } from './did-you-mean.ts'
import type { SettingsProblem } from './settings-problem.ts'
import { settingsSchema } from './settings-schema.ts'

export type Environment = Readonly<Record<string, string | undefined>>
export type Tree = { [key: string]: unknown }

// What the environment calls by another name than the path.
const ALIASES: Readonly<Record<string, string>> = {
  HTTP_ENDPOINT_URL: 'transport.endpoint_url',
  HTTP_API_KEY: 'transport.api_key',
  HTTP_API_KEY_HEADER: 'transport.api_key_header',
  HTTP_HEADERS: 'transport.headers',
  HTTP_TIMEOUT_MS: 'transport.timeout_ms',
  HTTP_RETRIES: 'transport.retries',
  HTTP_COMPRESSION: 'transport.compression',
  HTTP_ALLOW_INSECURE: 'transport.allow_insecure',
  FILESYSTEM_BASE_DIR: 'transport.base_dir',
  FILESYSTEM_FORMAT: 'transport.format',
  FILESYSTEM_COMPRESSION: 'transport.compression',
}

export const TRANSPORT_KEYS = ['type', ...new Set(Object.values(ALIASES).map((path) => path.split('.')[1]!))]

interface Variable {
  readonly path: readonly string[]
  readonly list: boolean
}

/** Every environment variable that is read, with the setting it stands for. */
export function environmentVariables(): ReadonlyMap<string, Variable> {
  const variables = new Map<string, Variable>()
  const add = (path: readonly string[], list: boolean) => {
    for (const joint of ['__', '_']) variables.set(path.join(joint).toUpperCase(), { path, list })
  }
  const walk = (description: Description, path: readonly string[]) => {
    const keys = description.keys as Record<string, Description> | undefined
    if (!keys) return add(path, description.type === 'array')
    for (const [key, child] of Object.entries(keys)) walk(child, [...path, key])
  }
  for (const [key, child] of Object.entries(settingsSchema.describe().keys as Record<string, Description>)) {
    if (key !== 'transport') walk(child, [key])
  }
  for (const key of TRANSPORT_KEYS) add(['transport', key], false)
  for (const [name, path] of Object.entries(ALIASES)) variables.set(name, { path: path.split('.'), list: false })
  return variables
}

/**
 * Puts what the variables say into a tree of settings, above what is there. Gives the variable that each setting is from, by
 * its path. Of a transport of another type than the variables name nothing is left, since its options mean nothing to that.
 */
export function applyEnvironment(
  tree: Tree,
  environment: Environment,
  problems: SettingsProblem[],
): ReadonlyMap<string, string> {
  const variables = environmentVariables()
  const from = new Map<string, string>()
  const own = (tree['transport'] as Tree | undefined)?.['type']
  const named = environment['TRANSPORT_TYPE'] || environment['TRANSPORT__TYPE']
  if (named && own !== undefined && own !== named) delete tree['transport']
  const type = named || own
  for (const [name, value] of Object.entries(environment)) {
    // Kubernetes puts API_PORT=tcp://… beside a service that is named api.
    if (value === undefined || value === '' || value.startsWith('tcp://')) continue
    const variable = variables.get(name)
    if (!variable) {
      refuseTypo(name, variables, problems)
      continue
    }
    // HTTP_… and FILESYSTEM_… may both be in the environment; only those of the transport in use count.
    const owner = /^(HTTP|FILESYSTEM)_/.exec(name)?.[1]?.toLowerCase()
    if (owner && owner !== (type ?? 'filesystem')) continue
    if (owner && type === undefined) set(tree, ['transport', 'type'], 'filesystem')
    set(tree, variable.path, parseValue(name, value, variable.list, problems))
    from.set(variable.path.join('.'), name)
  }
  return from
}

// The environment holds much that is not ours; a name that nests by `__` below one of our sections is.
function refuseTypo(name: string, variables: ReadonlyMap<string, Variable>, problems: SettingsProblem[]): void {
  if (!name.includes('__')) return
  const sections = new Set(
    [...variables.values()].filter(({ path }) => path.length > 1).map(({ path }) => path[0]!.toUpperCase()),
  )
  if (!sections.has(name.split('__')[0]!)) return
  problems.push({ path: name, message: `is not a known variable${didYouMean(name, [...variables.keys()])}` })
}

/**
 * Variables that are none of ours, but nearly: `API_PORTT`. Another program may have them, so they are no problem, and said.
 */
export function nearlyKnown(environment: Environment): string[] {
  const variables = environmentVariables()
  const known = groups(variables)
  for (const name of variables.keys()) known.set(name, [name])
  return Object.keys(environment)
    .filter((name) => environment[name] && !variables.has(name))
    .flatMap((name) => {
      const [meant] = [...known.keys()]
        .filter((candidate) => distance(name, candidate) <= lettersOff(candidate))
        .toSorted((a, b) => distance(name, a) - distance(name, b))
      return meant === undefined ? [] : [`${name} is no variable of ours; did you mean ${oneOf(known.get(meant)!)}?`]
    })
}

/** What several variables begin with, such as `WORKER_CONCURRENCY`, which by itself is none. */
function groups(variables: ReadonlyMap<string, Variable>): Map<string, string[]> {
  const all = new Map<string, string[]>()
  for (const [name, { path }] of variables) {
    const group = path.slice(0, -1).join('_').toUpperCase()
    if (path.length > 2 && !name.includes('__')) all.set(group, [...(all.get(group) ?? []), name])
  }
  return all
}

/** Of names of few letters another word may be that near. */
function lettersOff({ length }: string): number {
  return length > 12 ? 2 : length > 6 ? 1 : 0
}

function oneOf(names: readonly string[]): string {
  return [names.slice(0, -1).join(', '), names.at(-1)].filter(Boolean).join(' or ')
}

function parseValue(name: string, value: string, list: boolean, problems: SettingsProblem[]): unknown {
  if (/^\s*[[{]/.test(value) && !name.startsWith('REDIS_')) {
    try {
      return JSON.parse(value)
    } catch {
      problems.push({ path: name, message: 'is not valid JSON' })
      return undefined
    }
  }
  return list ? value.split(',').map((part) => part.trim()) : value
}

function set(tree: Tree, path: readonly string[], value: unknown): void {
  let node = tree
  for (const key of path.slice(0, -1)) {
    if (typeof node[key] !== 'object' || node[key] === null) node[key] = {}
    node = node[key] as Tree
  }
  node[path.at(-1)!] = value
}
