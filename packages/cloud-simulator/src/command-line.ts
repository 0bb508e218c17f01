import { parseArgs } from 'node:util'
import { MAX_RESOURCES, MIN_RESOURCES, REGIONS } from './estate/estate-options.ts'
import type { SimulatorOptions } from './simulator.ts'

interface NumberOption {
  readonly min: number
  readonly max: number
  readonly whole: boolean
  readonly fallback?: number
  readonly says: string
}

/** Every option `--name` may also be given as `SIMULATOR_NAME`, dashes becoming underscores. */
const NUMBERS: Readonly<Record<string, NumberOption>> = {
  port: { min: 0, max: 65_535, whole: true, fallback: 0, says: 'port for AWS, Azure and control; 0 takes a free one' },
  'grpc-port': { min: 0, max: 65_535, whole: true, fallback: 0, says: 'port for Google Cloud; 0 takes a free one' },
  seed: { min: 0, max: Number.MAX_SAFE_INTEGER, whole: true, fallback: 1, says: 'the same seed gives the same estate' },
  resources: { min: MIN_RESOURCES, max: MAX_RESOURCES, whole: true, fallback: 20_000, says: 'resources in all clouds' },
  latency: { min: 0, max: 600_000, whole: false, fallback: 0, says: 'milliseconds that every answer waits' },
  'time-scale': { min: 0.001, max: 100_000, whole: false, fallback: 1, says: 'how much faster quotas refill' },
  accounts: { min: 1, max: 10_000, whole: true, says: 'AWS accounts' },
  subscriptions: { min: 1, max: 10_000, whole: true, says: 'Azure subscriptions' },
  projects: { min: 1, max: 10_000, whole: true, says: 'Google Cloud projects' },
  'most-per-page': {
    min: 1,
    max: 1000,
    whole: true,
    says: 'most resources in a page of Google Cloud or Resource Explorer',
  },
}
const TEXTS: Readonly<Record<string, string>> = {
  host: 'address to listen on; default 127.0.0.1',
  regions: `AWS regions: how many, 1 to ${REGIONS.length}, or names with commas between`,
}
const FLAGS: Readonly<Record<string, string>> = {
  quotas: 'enforce the real quotas; as a variable true or false',
}

export interface ParsedOptions {
  readonly options: SimulatorOptions
  readonly help: string | null
  /** What is wrong, one line each. */
  readonly problems: readonly string[]
}

export function parseOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ParsedOptions {
  const problems: string[] = []
  const given = readArguments(args, problems)
  const raw = (name: string) => given[name] ?? env[`SIMULATOR_${name.toUpperCase().replaceAll('-', '_')}`]
  const numbers = Object.fromEntries(Object.keys(NUMBERS).map((name) => [name, readNumber(name, raw(name), problems)]))
  const quotas = readFlag('quotas', raw('quotas'), problems)
  const regions = readRegions(raw('regions'), problems)
  const host = raw('host')
  return {
    options: { ...(host && { host }), quotas, ...serverOptions(numbers), estate: estateOptions(numbers, regions) },
    help: given['help'] ? usage() : null,
    problems,
  }
}

type Numbers = Readonly<Record<string, number | undefined>>

function serverOptions(numbers: Numbers) {
  return {
    httpPort: numbers['port']!,
    grpcPort: numbers['grpc-port']!,
    latencyMs: numbers['latency']!,
    timeScale: numbers['time-scale']!,
    ...(numbers['most-per-page'] !== undefined && { mostPerPage: numbers['most-per-page'] }),
  }
}

function estateOptions(numbers: Numbers, regions: number | string[] | undefined): SimulatorOptions['estate'] {
  const { accounts, subscriptions, projects } = numbers
  return {
    seed: numbers['seed']!,
    resources: numbers['resources']!,
    ...(accounts !== undefined && { awsAccounts: accounts }),
    ...(regions !== undefined && { awsRegions: regions }),
    ...(subscriptions !== undefined && { azureSubscriptions: subscriptions }),
    ...(projects !== undefined && { gcpProjects: projects }),
  }
}

function readArguments(args: readonly string[], problems: string[]): Record<string, string | undefined> {
  const texts = [...Object.keys(NUMBERS), ...Object.keys(TEXTS)]
  const flags = ['help', ...Object.keys(FLAGS)]
  const options = {
    ...Object.fromEntries(texts.map((name) => [name, { type: 'string' as const }])),
    ...Object.fromEntries(flags.map((name) => [name, { type: 'boolean' as const }])),
  }
  // Not strict, since strict parsing ends at the first problem and names no other.
  const { values, positionals } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true })
  const known = Object.keys(options).map((name) => `--${name}`)
  const unknown = Object.keys(values).filter((name) => !(name in options))
  for (const name of [...unknown.map((name) => `--${name}`), ...positionals]) {
    problems.push(`${name}: unknown; the options are ${known.join(', ')}`)
  }
  for (const name of texts) if (values[name] === true) problems.push(`--${name}: needs a value`)
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]))
}

function readNumber(name: string, text: string | undefined, problems: string[]): number | undefined {
  const { min, max, whole, fallback } = NUMBERS[name]!
  if (text === undefined || text === '' || text === 'true') return fallback
  const value = Number(text)
  if (text.trim() !== '' && value >= min && value <= max && (!whole || Number.isInteger(value))) return value
  problems.push(`--${name}: must be a ${whole ? 'whole ' : ''}number from ${min} to ${max}, not "${text}"`)
  return fallback
}

function readFlag(name: string, text: string | undefined, problems: string[]): boolean {
  if (text === undefined || text === '' || text === 'false') return false
  if (text !== 'true') problems.push(`--${name}: must be true or false, not "${text}"`)
  return text === 'true'
}

function readRegions(text: string | undefined, problems: string[]): number | string[] | undefined {
  if (text === undefined || text === '') return undefined
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1 && count <= REGIONS.length) return count
  const names = text.split(',').map((name) => name.trim())
  if (names.every((name) => /^[a-z]{2}(-[a-z]+)+-\d$/.test(name))) return names
  problems.push(
    `--regions: must be a number from 1 to ${REGIONS.length} or names such as us-east-1,eu-west-1, not "${text}"`,
  )
  return undefined
}

function usage(): string {
  const lines = [
    ...Object.entries(NUMBERS).map(([name, { says, fallback }]) => [
      `${name} N`,
      says + (fallback === undefined ? '' : `; default ${fallback}`),
    ]),
    ...Object.entries({ ...TEXTS, ...FLAGS }),
  ].map(([name, says]) => `  --${name!.padEnd(18)} ${says}`)
  return `Simulates AWS Config, Azure Resource Graph and Cloud Asset Inventory over an estate made from a seed.\n\n${lines.join('\n')}\n`
}
