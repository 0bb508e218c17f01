import { SCHEMA_MESSAGES } from '@cae/core'
import { readFileSync } from 'node:fs'
import { distance } from 'fastest-levenshtein'
import type { Description, ValidationErrorItem, ValidationResult } from 'joi'
import { isScalar, parseDocument, type Document } from 'yaml'
import { settingsSchema, type Settings } from './settings-schema.ts'

/** One thing that is wrong with the settings, and where it stands. */
export interface SettingsProblem {
  readonly path: string
  readonly message: string
}

/** All problems at once. Values are never shown, since a secret may stand under the wrong key. */
export class SettingsError extends Error {
  readonly problems: readonly SettingsProblem[]
  /** The settings without what is wrong with them. */
  readonly rest: Settings | undefined

  constructor(problems: readonly SettingsProblem[], rest?: Settings) {
    const lines = problems.map(({ path, message }) => `  ${path}: ${message}`)
    super([`${problems.length} ${problems.length === 1 ? 'problem' : 'problems'} in the settings`, ...lines].join('\n'))
    this.name = 'SettingsError'
    this.problems = problems
    this.rest = rest
  }
}

const MESSAGES = {
  ...SCHEMA_MESSAGES,
  // Joi would say what the value is.
  'string.pattern.name': 'must be {{#name}}',
  'string.pattern.base': 'is malformed',
}

type Environment = Readonly<Record<string, string | undefined>>
type Tree = { [key: string]: unknown }

/**
 * Settings from the YAML file that `CONFIG_FILE` names, under environment variables: the path of a setting in capitals,
 * nested by `__` or `_` (`WORKER__CONCURRENCY__AWS`, `API_PORT`); lists by commas or as JSON.
 * Throws `SettingsError` with every problem.
 */
export function loadSettings(environment: Environment): Settings {
  const problems: SettingsProblem[] = []
  const file = environment['CONFIG_FILE']
  const tree = file ? readYaml(file, problems) : {}
  applyEnvironment(tree, environment, problems)
  const { error, value } = validate(tree)
  for (const item of error?.details ?? []) problems.push(toProblem(item))
  if (problems.length > 0) throw new SettingsError(problems, withoutProblems(tree))
  return value
}

/** As `loadSettings`; where something is wrong, `check` tells what else is wrong with the rest, which is valid. */
export async function loadCheckedSettings(
  environment: Environment,
  check: (rest: Settings) => Promise<readonly SettingsProblem[]>,
): Promise<Settings> {
  try {
    return loadSettings(environment)
  } catch (error) {
    if (!(error instanceof SettingsError) || !error.rest) throw error
    throw new SettingsError([...error.problems, ...(await check(error.rest))])
  }
}

const validate = (tree: Tree): ValidationResult<Settings> =>
  settingsSchema.validate(tree, {
    abortEarly: false,
    convert: true,
    errors: { wrap: { label: false } },
    messages: MESSAGES,
  })

/** Undefined where what is wrong cannot be taken out. */
function withoutProblems(tree: Tree): Settings | undefined {
  for (;;) {
    const { error, value } = validate(tree)
    if (!error) return value
    const taken = error.details.filter(({ path }) => unset(tree, path))
    if (taken.length === 0) return undefined
  }
}

/**
 * Takes out what a path leads to; where it is not there, since it is required, what lacks it. A list goes as a whole, or the
 * places of its other items would be told wrong. Whether there was anything to take.
 */
function unset(tree: Tree, path: readonly (string | number)[]): boolean {
  const item = path.findIndex((key) => typeof key === 'number')
  const keys = (item < 0 ? path : path.slice(0, item)) as readonly string[]
  let node = tree
  for (const [n, key] of keys.entries()) {
    const below = node[key]
    const next = keys[n + 1]
    if (next === undefined || typeof below !== 'object' || below === null || !(next in below)) {
      const isThere = key in node
      delete node[key]
      return isThere
    }
    node = below as Tree
  }
  return false
}

function readYaml(file: string, problems: SettingsProblem[]): Tree {
  const fail = (message: string): Tree => {
    problems.push({ path: `CONFIG_FILE ${file}`, message })
    return {}
  }
  let source: string
  try {
    source = readFileSync(file, 'utf8')
  } catch (error) {
    return fail(`cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`)
  }
  const document = parseDocument(source)
  if (document.errors.length > 0) {
    for (const { message } of document.errors) fail(`is not valid YAML: ${message.split('\n')[0]}`)
    return {}
  }
  nameNull(document)
  const tree: unknown = document.toJS() ?? {}
  return typeof tree === 'object' && !Array.isArray(tree) ? (tree as Tree) : fail('must hold keys and values')
}

// Without quotes the name of the transport that delivers nothing is no text in YAML. Nothing at all does not stand for it.
function nameNull(document: Document): void {
  const path = ['transport', 'type']
  const type = document.hasIn(path) && document.getIn(path, true)
  if (isScalar(type) && type.source === 'null') document.setIn(path, 'null')
}

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

const TRANSPORT_KEYS = ['type', ...new Set(Object.values(ALIASES).map((path) => path.split('.')[1]!))]

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

function applyEnvironment(tree: Tree, environment: Environment, problems: SettingsProblem[]): void {
  const variables = environmentVariables()
  const type = environment['TRANSPORT_TYPE'] || environment['TRANSPORT__TYPE'] || (tree['transport'] as Tree)?.['type']
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
  }
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

function toProblem(item: ValidationErrorItem): SettingsProblem {
  const path = item.path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text ? `${text}.${key}` : key),
    '',
  )
  if (item.type === 'object.unknown') {
    const key = String(item.path.at(-1))
    return { path, message: `is not a known key${didYouMean(key, siblings(item.path))}` }
  }
  // YAML reads ids of digits as numbers.
  if (item.type === 'string.base' && typeof item.context?.value === 'number') {
    return { path, message: 'must be a text: put the number in quotes' }
  }
  const label = item.context?.label
  const message = label && item.message.startsWith(label) ? item.message.slice(label.length).trim() : item.message
  return { path: path || 'settings', message }
}

function siblings(path: readonly (string | number)[]): string[] {
  let node = settingsSchema.describe() as Description & { items?: Description[] }
  for (const key of path.slice(0, -1)) {
    const next =
      typeof key === 'number' ? node.items?.[0] : (node.keys as Record<string, Description> | undefined)?.[key]
    if (!next) break
    node = next
  }
  return path[0] === 'transport' ? TRANSPORT_KEYS : Object.keys((node.keys as object | undefined) ?? {})
}

/** How a problem with an unknown name ends: the nearest known one, or the known ones where none is near. */
export function didYouMean(name: string, known: readonly string[]): string {
  const [best] = known
    .map((candidate) => ({ candidate, steps: distance(name, candidate) }))
    .filter(({ candidate, steps }) => steps <= Math.max(2, candidate.length / 3))
    .toSorted((a, b) => a.steps - b.steps)
  return best ? `; did you mean ${best.candidate}?` : `; known are ${known.slice(0, 20).join(', ')}`
}
