import type { Clock, Log } from '@cae/core'
import express, { type Express } from 'express'
import { Registry } from 'prom-client'
import { refuseStrangers, requireKey } from './access.ts'
import { DASHBOARD_PATH, dashboard } from './dashboard.ts'
import type { Dependencies } from './dependencies.ts'
import { extractionRoutes } from './extraction.ts'
import { livenessRoute, readinessRoute } from './health.ts'
import { countRequests, metricsRoutes } from './metrics.ts'
import { refuseOtherMethods } from './other-methods.ts'
import { preflightRoutes } from './preflight.ts'
import { answerProblems, noSuchRoute, Problem, REDIS_IS_AWAY, requireJson } from './problem.ts'
import { protectBrowsers } from './protect-browsers.ts'
import { logRequests } from './request-log.ts'
import { noteMount } from './request-notes.ts'
import { scheduleRoutes } from './schedules.ts'

/** What is served until Redis is there: that the process lives, and that it can't serve yet. */
export function createWaitingApp(log: Log, clock: Clock): Express {
  const app = express()
  app.disable('x-powered-by')
  app.use(logRequests(log, clock))
  app.use(protectBrowsers)
  app.use(livenessRoute())
  app.use(() => {
    throw new Problem(503, REDIS_IS_AWAY)
  })
  app.use(answerProblems(log))
  return app
}

/** The HTTP API. `draining` says when the process is shutting down, so that load balancers send nothing more. */
export function createApp(dependencies: Dependencies, draining: () => boolean): Express {
  const { settings, log, queues, clock } = dependencies
  const registry = new Registry()
  const app = express()
  app.disable('x-powered-by')
  app.set('query parser', 'simple')
  app.use(countRequests(registry))
  app.use(logRequests(log, clock))
  app.use(protectBrowsers)
  app.use(refuseOtherMethods(livenessRoute()))
  app.use(refuseOtherMethods(readinessRoute(dependencies, draining)))
  app.use(refuseStrangers(settings.api))
  app.use(requireKey(settings.api))
  app.use(refuseOtherMethods(metricsRoutes(dependencies, registry)))
  app.use(DASHBOARD_PATH, dashboard(queues))
  app.use(requireJson)
  app.use(express.json({ limit: settings.api.body_limit, strict: false }))
  app.use('/extraction', noteMount, refuseOtherMethods(extractionRoutes(dependencies)))
  app.use('/extraction', noteMount, refuseOtherMethods(preflightRoutes(dependencies, draining)))
  app.use('/schedules', noteMount, refuseOtherMethods(scheduleRoutes(dependencies)))
  app.use(noSuchRoute)
  app.use(answerProblems(log))
  return app
}
