import { validateHeaderName, validateHeaderValue } from 'node:http'
import type { HttpOptions } from './options.ts'

/** An option that can't work, such as `headers.X-Key`, and why. Never its value, which may be secret. */
export interface OptionProblem {
  readonly path: string
  readonly message: string
}

const SECRET_HEADER = /auth|key|token|secret|cookie|password/i
const SECRET_PARAMETER = /auth|key|token|secret|password|^sig|^code$/i
const IN_THE_CLEAR = 'would go over plain http: use https, or set allow_insecure to true'
/** Ours to set: they say what the body is. */
const OURS = [
  'content-type',
  'content-length',
  'content-encoding',
  'transfer-encoding',
  'idempotency-key',
  'connection',
]

/** Everything about options that can't work, or would let secrets cross a network in the clear. */
export function optionProblems(options: HttpOptions): OptionProblem[] {
  const { endpoint_url, api_key, api_key_header = 'authorization', headers = {}, allow_insecure } = options
  const url = URL.canParse(endpoint_url) ? new URL(endpoint_url) : null
  const isClear = !allow_insecure && url?.protocol === 'http:' && !isLoopback(url)
  const problems: OptionProblem[] = []
  const add = (path: string, message: string | undefined) => message !== undefined && problems.push({ path, message })

  add('endpoint_url', urlProblem(url))
  if (isClear && url.password) add('endpoint_url', `has a password, which ${IN_THE_CLEAR}`)
  const inQuery = [...(url?.searchParams.keys() ?? [])].find((name) => SECRET_PARAMETER.test(name))
  if (isClear && inQuery) add('endpoint_url', `has ${inQuery} in its query, which ${IN_THE_CLEAR}`)
  if (api_key) {
    add('api_key_header', nameProblem(api_key_header))
    add('api_key', valueProblem(api_key) ?? (isClear ? IN_THE_CLEAR : undefined))
  }
  for (const [name, value] of Object.entries(headers)) {
    const isRevealed = isClear && value !== '' && isSecretHeader(name)
    add(`headers.${name}`, nameProblem(name) ?? valueProblem(value) ?? (isRevealed ? IN_THE_CLEAR : undefined))
  }
  return problems
}

/** Whether the value of a header of this name must not be shown. */
export function isSecretHeader(name: string): boolean {
  return SECRET_HEADER.test(name)
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname)
}

function urlProblem(url: URL | null): string | undefined {
  if (!url) return 'is not a URL'
  const { protocol, username, password } = url
  if (protocol !== 'http:' && protocol !== 'https:') return `must begin with http: or https:, not ${protocol}`
  return passes(() => decodeURIComponent(username + password))
    ? undefined
    : 'has a % in its credentials: write it as %25'
}

function nameProblem(name: string): string | undefined {
  if (OURS.includes(name.toLowerCase())) return "can't be set: it says what the body is"
  return passes(() => validateHeaderName(name)) ? undefined : 'is not the name of a header'
}

function valueProblem(value: string): string | undefined {
  return passes(() => validateHeaderValue('x', value)) ? undefined : 'has a character that no header can carry'
}

function passes(check: () => unknown): boolean {
  try {
    check()
    return true
  } catch {
    return false
  }
}
