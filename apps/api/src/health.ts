import { Router } from 'express'
import type { Dependencies } from './dependencies.ts'
import { refusalOf } from './problem.ts'

const TIMEOUT_MS = 1000

const AWAY = 'Redis is away'

/** `/health`: the process lives. */
export function livenessRoute(): Router {
  return Router().get('/health', (_request, response) => {
    response.json({ status: 'ok' })
  })
}

/** `/ready`: it can accept work. */
export function readinessRoute({ redis, settings }: Dependencies, draining: () => boolean): Router {
  const router = Router()
  router.get('/ready', async (_request, response) => {
    const reason = draining() ? 'shutting down' : await redisProblem()
    response.status(reason ? 503 : 200).json(reason ? { detail: reason, errors: [] } : { status: 'ready' })
  })

  // A write, since a Redis that takes none still answers PING.
  async function redisProblem(): Promise<string | null> {
    const late = new Promise<string>((resolve) => {
      setTimeout(() => resolve(AWAY), TIMEOUT_MS).unref()
    })
    const written = redis.set(`${settings.redis_prefix}:ready`, '1', 'PX', TIMEOUT_MS).then(
      () => null,
      (error: unknown) => {
        const refusal = refusalOf(error)
        return refusal ? `Redis refuses (${refusal})` : AWAY
      },
    )
    return Promise.race([late, written])
  }
  return router
}
