import { SCHEMA_MESSAGES } from '@cae/core'
import { readFileSync } from 'node:fs'
import type { Description, ValidationErrorItem, ValidationResult } from 'joi'
import { isScalar, parseDocument, type Document } from 'yaml'
import { didYouMean } from './did-you-mean.ts'
import { applyEnvironment, TRANSPORT_KEYS, type Environment, type Tree } from './environment.ts'
import { SettingsError, type SettingsProblem } from './settings-problem.ts'
import { settingsSchema, type Settings } from './settings-schema.ts'

const MESSAGES = {
  ...SCHEMA_MESSAGES,
  // Joi would say what the value is.
  'string.pattern.name': 'must be {{#name}}',
  'string.pattern.base': 'is malformed',
}

/**
 * Settings from the YAML file that `CONFIG_FILE` names, under environment variables: the path of a setting in capitals,
 * nested by `__` or `_` (`WORKER__CONCURRENCY__AWS`, `API_PORT`); lists by commas or as JSON.
 * Throws `SettingsError` with every problem.
 */
export function loadSettings(environment: Environment): Settings {
  const problems: SettingsProblem[] = []
  const file = environment['CONFIG_FILE']
  const tree = file ? readYaml(file, problems) : {}
  const from = applyEnvironment(tree, environment, problems)
  const { error, value } = validate(tree)
  for (const item of error?.details ?? []) {
    const { path, message } = toProblem(item)
    // With a file, a reader would look there.
    const variable = file && from.get(item.path.filter((key) => typeof key === 'string').join('.'))
    problems.push({ path: variable ? `${path} (${variable})` : path, message })
  }
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
  // Those after the first are mostly what it makes of the rest. Below its first line the message shows the source.
  const [error] = document.errors
  if (error) return fail(`is not valid YAML: ${error.message.split('\n')[0]!.replace(/:$/, '')}`)
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

function toProblem(item: ValidationErrorItem): SettingsProblem {
  const path = item.path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text ? `${text}.${key}` : key),
    '',
  )
  if (item.type === 'object.unknown') {
    const key = String(item.path.at(-1))
    const known = siblings(item.path)
    if (known.includes(key)) return { path, message: 'is not for this type of transport' }
    return { path, message: `is not a known key${didYouMean(key, known)}` }
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
