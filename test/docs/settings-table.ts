import { environmentVariables, loadSettings } from '@cae/runtime'
import { codeSpans } from './markdown.ts'

export interface StatedSetting {
  readonly path: string
  /** As it stands in the table. */
  readonly stated: string
}

/** The keys of a row and their defaults: `a.b`, `.c` is a.b and a.c; one default for all, or one for each. */
export function settingsOfRow([keys, defaults]: readonly string[]): StatedSetting[] {
  let last = ''
  const paths = codeSpans(keys!).map((key) => {
    last = key.startsWith('.') ? last.slice(0, last.lastIndexOf('.')) + key : key
    return last
  })
  const stated = defaults!.split(', ')
  if (stated.length !== 1 && stated.length !== paths.length) throw new Error(`${keys} has ${stated.length} defaults`)
  return paths.map((path, index) => ({ path, stated: stated[stated.length === 1 ? 0 : index]! }))
}

/** Every setting that there is. */
export function settingPaths(): string[] {
  return [...new Set([...environmentVariables().values()].map(({ path }) => path.join('.')))]
}

/** What a setting is where nobody sets it, in the words of the table. */
export function defaultInWords(path: string): string {
  const ofHttp = path.startsWith('transport.') && !FILESYSTEM.includes(path)
  const settings: unknown = loadSettings(ofHttp ? { TRANSPORT_TYPE: 'http', HTTP_ENDPOINT_URL: REQUIRED } : {})
  const value = path.split('.').reduce((tree, key) => (tree as Record<string, unknown> | undefined)?.[key], settings)
  if (value === REQUIRED) return 'required'
  if (path.endsWith('.endpoint') && value === undefined) return 'the real clouds'
  if (path === 'enabled_providers' && (value as string[]).length === 3) return 'all three'
  if (typeof value === 'string') return `\`${value}\``
  if (path === 'gcp.content' && value === undefined) return 'all that there is'
  const json = JSON.stringify(value)
  return json === undefined || json === '[]' || json === '{}' ? 'none' : json
}

const REQUIRED = 'https://scanner.invalid/'
const FILESYSTEM = ['transport.type', 'transport.base_dir', 'transport.format', 'transport.compression']
