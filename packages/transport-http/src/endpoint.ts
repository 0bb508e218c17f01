import { validateHeaderName, validateHeaderValue } from 'node:http'
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
const SECRET_HEADER = /auth|key|token|secret|cookie|password/
/** Ours to set: they say what the body is. */
const OURS = [
  'content-type',
  'content-length',
  'content-encoding',
  'transfer-encoding',
  'idempotency-key',
  'connection',
]

/** Throws `Error`, without any secret in its message, for options that can't work. */
export function toEndpoint(options: HttpOptions): Endpoint {
  const url = parse(options.endpoint_url)
  const key = keyHeader(options)
  const custom = lowerCased(options.headers ?? {})
  const secrets = secretsOf(options, custom, url)
  if (secrets.length > 0 && !options.allow_insecure && url.protocol === 'http:' && !isLoopback(url)) {
    throw new Error(`${url.host} would get secrets over plain http: use https, or set allow_insecure`)
  }
  const headers = {
    'user-agent': 'cloud-artifact-extractor',
    accept: 'application/json, */*;q=0.1',
    ...custom,
    ...key,
    'content-type': 'application/json',
  }
  const hide = redactor([...secrets, ...longValues(url.searchParams), ...longValues(custom)])
  return { url, headers, host: url.host, redact: (text) => quote(hide(text)), describeRedirect: redirects(url, hide) }
}

function parse(text: string): URL {
  if (!URL.canParse(text)) throw new Error('endpoint_url is not a URL')
  const url = new URL(text)
  if (url.protocol === 'http:' || url.protocol === 'https:') return url
  throw new Error(`endpoint_url must begin with http: or https:, not ${url.protocol}`)
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname)
}

function keyHeader({ api_key, api_key_header = 'authorization' }: HttpOptions): Record<string, string> {
  if (!api_key) return {}
  // A key that brings its own scheme, such as `Basic …`, is sent as it is.
  const bare = api_key_header.toLowerCase() === 'authorization' && !api_key.includes(' ')
  return lowerCased({ [api_key_header]: bare ? `Bearer ${api_key}` : api_key })
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [validated(name, value), value]))
}

function validated(name: string, value: string): string {
  const lower = name.toLowerCase()
  if (OURS.includes(lower)) throw new Error(`the header ${lower} can't be set: it says what the body is`)
  validateHeaderName(name)
  // Its message names the header, not the value.
  validateHeaderValue(name, value)
  return lower
}

// What must not cross a network in the clear.
function secretsOf({ api_key }: HttpOptions, custom: Readonly<Record<string, string>>, { username, password }: URL) {
  const named = Object.entries(custom).filter(([name]) => SECRET_HEADER.test(name))
  const secrets = [api_key ?? '', password, ...named.map(([, value]) => value)]
  if (password) {
    const plain = [decodeURIComponent(username), decodeURIComponent(password)] as const
    secrets.push(plain[1], Buffer.from(plain.join(':')).toString('base64'))
  }
  return secrets.filter((secret) => secret !== '')
}

// What may be secret too, such as the key in a webhook's query; a short value would blot out half of a message.
function longValues(values: URLSearchParams | Readonly<Record<string, string>>): string[] {
  const all = values instanceof URLSearchParams ? [...values.values()] : Object.values(values)
  return all.filter((value) => value.length >= 8)
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
