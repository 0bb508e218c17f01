import { isSecretHeader, optionProblems } from './option-problems.ts'
import type { HttpOptions } from './options.ts'

/** Where batches go, what goes with them, and how to speak of it without its secrets. */
export interface Endpoint {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly host: string
  /** The beginning of a receiver's words, in one line, without any of our secrets. */
  redact(text: string): string
  /** Without query and credentials, which may be secret. */
  describeRedirect(location: string | undefined): string
}

const MAX_QUOTE = 300

/** Throws `Error`, without any secret in its message, for options that can't work: all of them. */
export function toEndpoint(options: HttpOptions): Endpoint {
  const problems = optionProblems(options)
  if (problems.length > 0) throw new Error(problems.map(({ path, message }) => `${path} ${message}`).join('; '))
  const url = new URL(options.endpoint_url)
  const key = keyHeader(options)
  const custom = lowerCased(options.headers ?? {})
  const secrets = secretsOf(options, custom, url)
  const headers = {
    'user-agent': 'cloud-artifact-extractor',
    accept: 'application/json, */*;q=0.1',
    ...custom,
    ...key,
    'content-type': 'application/json',
  }
  const hide = redactor([...secrets, ...keysIn(url), ...Object.values(custom).filter(isLong)])
  return { url, headers, host: url.host, redact: (text) => quote(hide(text)), describeRedirect: redirects(url, hide) }
}

function keyHeader({ api_key, api_key_header = 'authorization' }: HttpOptions): Record<string, string> {
  if (!api_key) return {}
  // A key that brings its own scheme, such as `Basic …`, is sent as it is.
  const bare = api_key_header.toLowerCase() === 'authorization' && !api_key.includes(' ')
  return lowerCased({ [api_key_header]: bare ? `Bearer ${api_key}` : api_key })
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

// What must not be shown.
function secretsOf({ api_key }: HttpOptions, custom: Readonly<Record<string, string>>, { username, password }: URL) {
  const named = Object.entries(custom).filter(([name]) => isSecretHeader(name))
  const secrets = [api_key ?? '', password, ...named.map(([, value]) => value)]
  if (password) {
    const plain = [decodeURIComponent(username), decodeURIComponent(password)] as const
    secrets.push(plain[1], Buffer.from(plain.join(':')).toString('base64'))
  }
  return secrets.filter((secret) => secret !== '')
}

// What may be secret too; a short value would blot out half of a message.
function isLong(value: string): boolean {
  return value.length >= 8
}

/** Longer than the words of a path. */
const LEAST_OF_PATH = 16

// Of webhooks, whose key is in the query or the path. As it is written and as it is meant: a receiver may say either.
function keysIn({ pathname, search, searchParams }: URL): string[] {
  const inPath = pathname.split('/').filter(({ length }) => length >= LEAST_OF_PATH)
  const inQuery = search.split('&').map((pair) => pair.slice(pair.indexOf('=') + 1))
  return [...[...inPath, ...inQuery].flatMap((part) => [part, decoded(part)]), ...searchParams.values()].filter(isLong)
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

// The longest first, since one secret may be part of another.
function redactor(secrets: readonly string[]): (text: string) => string {
  const longestFirst = secrets.toSorted((a, b) => b.length - a.length)
  return (text) => longestFirst.reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
}

function quote(text: string): string {
  const line = text.slice(0, MAX_QUOTE).replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
  return line.trim()
}

function redirects(base: URL, hide: (text: string) => string): Endpoint['describeRedirect'] {
  return (location) => {
    if (!location || !URL.canParse(location, base.href)) return 'nowhere'
    const { protocol, host, pathname } = new URL(location, base)
    return quote(hide(`${protocol}//${host}${pathname}`))
  }
}
