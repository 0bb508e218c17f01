import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { ExpressAdapter } from '@bull-board/express'
import type { Queue } from 'bullmq'
import { Router, type Express, type RequestHandler } from 'express'
import { Problem } from './problem.ts'
import { noteMount } from './request-notes.ts'

export const DASHBOARD_PATH = '/admin/queues'

/** Its page styles itself and asks for fonts of another host; those are not fetched, and it shows the system's. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'self'",
  "frame-ancestors 'none'",
].join('; ')

/** The queues to look at and not to touch. */
export function dashboard(queues: readonly Queue[]): Router {
  const serverAdapter = new ExpressAdapter()
  serverAdapter.setBasePath(DASHBOARD_PATH)
  createBullBoard({
    queues: queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true, delimiter: '.' })),
    serverAdapter,
    options: { uiConfig: { boardTitle: 'CAE queues', hideRedisDetails: true } },
  })
  // Answered with all other errors, not in a shape of its own, in which a Redis that is away would be a bug.
  serverAdapter.setErrorHandler((error) => {
    throw error
  })
  const board = serverAdapter.getRouter() as Express
  board.disable('x-powered-by')
  return Router().use(noteMount, lookOnly, board)
}

const lookOnly: RequestHandler = ({ method, baseUrl }, response, next) => {
  response.set('Content-Security-Policy', CONTENT_SECURITY_POLICY)
  if (method === 'GET' || method === 'HEAD') return next()
  response.set('Allow', 'GET, HEAD')
  throw new Problem(405, `${baseUrl} is there to look at: it takes GET, HEAD, not ${method}`)
}
