import { createHash, timingSafeEqual } from 'node:crypto'
import type { RequestHandler } from 'express'
import type { Settings } from '@cae/runtime'
import { Problem } from './problem.ts'
import { note } from './request-notes.ts'

const LOOPBACK = /^(127(\.\d+){3}|::1|localhost)$/

/** Only this machine reaches a server that listens there. */
export const isLoopback = (host: string): boolean => LOOPBACK.test(host)

/** Throws where the API would answer strangers: it listens beyond loopback and asks for no key. */
export function refuseOpenDoor({ host, keys }: Settings['api']): void {
  if (keys.length > 0 || isLoopback(host)) return
  throw new Error(`api.keys: the API would listen on ${host} and ask for no key; set API_KEYS, or API_HOST=127.0.0.1`)
}

/** Enough to tell the keys of an installation apart, and far from enough to find one. */
const FINGERPRINT_DIGITS = 8

/**
 * Asks for one of the keys: `X-API-Key`, `Authorization: Bearer`, or Basic with the key as password, which is how a browser
 * gets to the dashboard. Without keys everything passes.
 */
export function requireKey({ keys }: Settings['api']): RequestHandler {
  const digests = keys.map(digest)
  return (request, response, next) => {
    if (digests.length === 0) return next()
    const given = request.get('x-api-key') ?? keyIn(request.get('authorization') ?? '')
    if (given && matches(digest(given), digests)) {
      note(response, { keyFingerprint: digest(given).toString('hex').slice(0, FINGERPRINT_DIGITS) })
      return next()
    }
    response.set('WWW-Authenticate', 'Bearer realm="cae", Basic realm="cae: any name, the API key as password"')
    throw new Problem(
      401,
      given ? 'the API key is not known' : 'an API key is needed: X-API-Key or Authorization: Bearer',
    )
  }
}

/** What a browser does for a link of any page. */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Whether a request by the method changes nothing. */
export function isSafe(method: string): boolean {
  return SAFE.has(method)
}

/** What a proxy adds, whatever host it asks for. */
const FORWARDED = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'] as const

/**
 * Without keys whoever reaches the port may do everything, and a browser reaches it for any web page: so only requests
 * that name this machine as their host, and that come from no other site, pass. With keys a browser that was given one, for
 * the dashboard, sends it for any page, too: so those that change something and come from another site do not pass.
 */
export function refuseStrangers({ keys }: Settings['api']): RequestHandler {
  return (request, _response, next) => {
    const { origin, authorization = '' } = request.headers
    const isOwn = origin === undefined || (URL.canParse(origin) && new URL(origin).host === request.headers.host)
    const isForeign = !isOwn || request.headers['sec-fetch-site'] === 'cross-site'
    if (keys.length > 0) {
      if (!isForeign || isSafe(request.method) || !/^Basic /i.test(authorization)) return next()
      throw new Problem(403, 'a web page of another site may change nothing here; programs send the key as X-API-Key')
    }
    // A request of HTTP/1.0 may name none.
    const { hostname = '' } = request as { hostname?: string }
    const isLocal = isLoopback(hostname.replace(/^\[|\]$/g, ''))
    if (FORWARDED.some((name) => name in request.headers))
      throw new Problem(403, 'the request came by a proxy, for whoever reaches that: set API_KEYS')
    if (isLocal && !isForeign) return next()
    throw new Problem(403, 'without API keys the API answers only this machine, and no web page of another site')
  }
}

function keyIn(authorization: string): string | undefined {
  const [, scheme, value] = /^(Bearer|Basic) (.+)$/i.exec(authorization) ?? []
  if (!scheme || !value || scheme.toLowerCase() === 'bearer') return value
  const credentials = Buffer.from(value, 'base64').toString()
  return credentials.slice(credentials.indexOf(':') + 1)
}

function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}

// Every key is compared, digests of equal length in constant time, so that timing tells nothing.
function matches(given: Buffer, digests: readonly Buffer[]): boolean {
  return digests.reduce((found, one) => timingSafeEqual(given, one) || found, false)
}
