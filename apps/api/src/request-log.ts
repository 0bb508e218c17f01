import type { Clock, Log } from '@cae/core'
import type { Request, RequestHandler, Response } from 'express'
import { randomUUID } from 'node:crypto'
import { isSafe } from './access.ts'
import { routeOf, type Notes } from './request-notes.ts'

const TOKEN = /^[A-Za-z0-9._:-]{1,64}$/

/**
 * Gives each answer an `X-Request-Id`, the caller's own where that is a plain token. One line in the log for each request
 * that may change something, and for those that are refused for who sends them; never a key, a query or a body.
 */
export function logRequests(log: Log, clock: Clock): RequestHandler {
  const logRefusal = refusalLog(log)
  return (request, response, next) => {
    const begun = clock.now()
    const { method } = request
    const given = request.get('x-request-id') ?? ''
    const requestId = TOKEN.test(given) ? given : randomUUID()
    const address = request.socket.remoteAddress ?? 'unknown'
    response.set('X-Request-Id', requestId)
    // Also where the client has left before its answer.
    response.on('close', () => {
      const { statusCode: status } = response
      const isRefusal = status === 401 || status === 403
      if (!isRefusal && isSafe(method)) return
      const route = routeOf(request, response) ?? pathOf(request)
      const fields = { requestId, method, route, status, ms: clock.now() - begun, address, ...named(response) }
      if (isRefusal) logRefusal(address, fields)
      else log.info('request answered', fields)
    })
    next()
  }
}

function named({ locals, writableFinished }: Response) {
  const { mount: _, ...notes } = locals as Notes
  return { ...notes, ...(!writableFinished && { unanswered: true }) }
}

const MAX_PATH = 200

function pathOf({ originalUrl }: Request): string {
  return originalUrl.split('?', 1)[0]!.slice(0, MAX_PATH)
}

const QUIET_MS = 1000
const MAX_ADDRESSES = 1000

/** A line at once for the first refusal of an address, and one a second with the number of those that followed. */
function refusalLog(log: Log): (address: string, fields: Record<string, unknown>) => void {
  const untold = new Map<string, number>()
  const holdBack = (address: string) => {
    untold.set(address, 0)
    setTimeout(() => {
      const count = untold.get(address)
      untold.delete(address)
      if (!count) return
      log.warn('more requests refused', { address, count })
      holdBack(address)
    }, QUIET_MS).unref()
  }
  return (given, fields) => {
    // Whoever has many addresses fills neither memory nor log.
    const address = untold.has(given) || untold.size < MAX_ADDRESSES ? given : 'others'
    const count = untold.get(address)
    if (count !== undefined) return void untold.set(address, count + 1)
    log.warn('request refused', fields)
    holdBack(address)
  }
}
