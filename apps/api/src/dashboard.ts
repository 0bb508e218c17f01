import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { ExpressAdapter } from '@bull-board/express'
import type { Queue } from 'bullmq'
import type { Router } from 'express'

export const DASHBOARD_PATH = '/admin/queues'

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
  return serverAdapter.getRouter() as Router
}
