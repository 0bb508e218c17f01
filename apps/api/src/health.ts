import { Router } from 'express'
import type { Dependencies } from './dependencies.ts'

const PING_TIMEOUT_MS = 1000

/** `/health`: the process lives. `/ready`: it can accept work. */
export function healthRoutes({ redis }: Dependencies, draining: () => boolean): Router {
  const router = Router()
  router.get('/health', (_request, response) => {
    response.json({ status: 'ok' })
  })
  router.get('/ready', async (_request, response) => {
    const reason = draining() ? 'shutting down' : (await ping()) ? null : 'Redis is away'
    response.status(reason ? 503 : 200).json(reason ? { detail: reason, errors: [] } : { status: 'ready' })
  })

  async function ping(): Promise<boolean> {
    const late = new Promise<boolean>((resolve) => {
      setTimeout(() => resolve(false), PING_TIMEOUT_MS).unref()
    })
    return Promise.race([
      late,
      redis.ping().then(
        () => true,
        () => false,
      ),
    ])
  }
  return router
}
