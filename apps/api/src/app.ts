import express, { type Express } from 'express'
import { refuseStrangers, requireKey } from './access.ts'
import { DASHBOARD_PATH, dashboard } from './dashboard.ts'
import type { Dependencies } from './dependencies.ts'
import { extractionRoutes } from './extraction.ts'
import { healthRoutes } from './health.ts'
import { metricsRoutes } from './metrics.ts'
import { preflightRoutes } from './preflight.ts'
import { answerProblems, noSuchRoute, requireJson } from './problem.ts'
import { scheduleRoutes } from './schedules.ts'

/** The HTTP API. `draining` says when the process is shutting down, so that load balancers send nothing more. */
export function createApp(dependencies: Dependencies, draining: () => boolean): Express {
  const { settings, log, queues } = dependencies
  const app = express()
  app.disable('x-powered-by')
  app.set('query parser', 'simple')
  app.use(healthRoutes(dependencies, draining))
  app.use(refuseStrangers(settings.api))
  app.use(requireKey(settings.api))
  app.use(metricsRoutes(dependencies))
  app.use(DASHBOARD_PATH, dashboard(queues))
  app.use(requireJson)
  app.use(express.json({ limit: settings.api.body_limit, strict: false }))
  app.use('/extraction', extractionRoutes(dependencies))
  app.use('/extraction', preflightRoutes(dependencies, draining))
  app.use('/schedules', scheduleRoutes(dependencies))
  app.use(noSuchRoute)
  app.use(answerProblems(log))
  return app
}
