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
  return serverAdapter.getRouter() as Router
}
