import { PROVIDER_NAMES } from '@cae/core'
import { InvalidArgumentError } from 'commander'

/** A whole number between two bounds, both included. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text.replaceAll('_', '').replaceAll(',', ''))
    if (text.trim() !== '' && Number.isSafeInteger(value) && value >= min && value <= max) return value
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`)
  }
}

/** `a,b` and repeated options in one list. */
export function list(text: string, before: readonly string[] = []): string[] {
  const names = text.split(',').map((name) => name.trim())
  if (names.some((name) => name === '')) throw new InvalidArgumentError('It must be names, separated by commas.')
  return [...before, ...names]
}

/** As `list`, of the names of providers. */
export function providers(text: string, before: readonly string[] = []): string[] {
  const names = list(text.toLowerCase(), before)
  const known: readonly string[] = PROVIDER_NAMES
  if (names.every((name) => known.includes(name))) return names
  throw new InvalidArgumentError(`It must be of ${known.join(', ')}.`)
}

export type Labels = Readonly<Record<string, string | string[]>>

/** `k=v`, repeated: another name must match too, another value of the same name may match instead. */
export function label(text: string, before: Labels = {}): Labels {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError('It must be NAME=VALUE, such as env=prod.')
  const old = before[name]
  return { ...before, [name]: old === undefined ? value : [old, value].flat() }
}

export function url(text: string): string {
  if (/^https?:\/\/./.test(text) && URL.canParse(text)) return text
  throw new InvalidArgumentError('It must be a URL, such as http://127.0.0.1:8000.')
}
