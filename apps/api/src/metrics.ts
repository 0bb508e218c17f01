import { OUTCOMES, PROVIDER_NAMES } from '@cae/core'
import { RUN_STATUSES, type LimitView } from '@cae/runtime'
import { Router, type RequestHandler } from 'express'
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'
import type { Dependencies } from './dependencies.ts'
import { routeOf } from './request-notes.ts'

const STATES = ['waiting', 'active', 'delayed', 'prioritized', 'waiting-children', 'failed'] as const

/** `/metrics`: the queues, and counters over all runs and workers, as the ledger has them. */
export function metricsRoutes(dependencies: Dependencies, registry: Registry): Router {
  collectDefaultMetrics({ register: registry, prefix: 'cae_api_' })
  addQueueJobs(registry, dependencies)
  addRuns(registry, dependencies)
  addTotals(registry, dependencies)
  addSchedules(registry, dependencies)
  addQuotas(registry, dependencies)
  const router = Router()
  router.get('/metrics', async (_request, response) => {
    response.set('Content-Type', registry.contentType).send(await registry.metrics())
  })
  return router
}

/** Counts the requests of this process by the pattern of their route, of which there are few, and never by their path. */
export function countRequests(registry: Registry): RequestHandler {
  const counter = new Counter({
    name: 'cae_api_requests_total',
    help: 'Requests that this process answered, by the pattern of their route',
    labelNames: ['route', 'method', 'code'],
    registers: [registry],
  })
  return (request, response, next) => {
    const { method } = request
    response.on('finish', () => {
      counter.inc({ route: routeOf(request, response) ?? 'none', method, code: response.statusCode })
    })
    next()
  }
}

function addQueueJobs(registry: Registry, { queues }: Dependencies): void {
  const gauge = new Gauge({
    name: 'cae_queue_jobs',
    help: 'Jobs of each queue by state',
    labelNames: ['queue', 'state'],
    registers: [],
    async collect() {
      for (const queue of queues) {
        const counts = await queue.getJobCounts(...STATES)
        for (const state of STATES) this.set({ queue: queue.name, state }, counts[state] ?? 0)
      }
    },
  })
  registry.registerMetric(gauge)
}

function addRuns(registry: Registry, { ledger }: Dependencies): void {
  const gauge = new Gauge({
    name: 'cae_runs',
    help: 'Runs in the ledger by status',
    labelNames: ['status'],
    registers: [],
    async collect() {
      for (const status of RUN_STATUSES) this.set({ status }, await ledger.countRuns(status))
    },
  })
  registry.registerMetric(gauge)
}

const TOTALS = {
  artifacts: { name: 'cae_artifacts_total', help: 'Artifacts delivered', labels: ['provider'] },
  pages: { name: 'cae_pages_total', help: 'Pages read and committed', labels: ['provider'] },
  batches: { name: 'cae_batches_total', help: 'Batches delivered', labels: ['provider'] },
  tasks: { name: 'cae_tasks_ended_total', help: 'Tasks ended by outcome', labels: ['provider', 'outcome'] },
  throttled: { name: 'cae_throttled_total', help: 'Calls that a provider throttled', labels: ['provider'] },
  runs_created: { name: 'cae_runs_created_total', help: 'Runs accepted', labels: [] },
} as const

// The counters live in Redis, written with the commit of each page: they count the cluster, whichever API is asked.
function addTotals(registry: Registry, { ledger }: Dependencies): void {
  for (const [key, { name, help, labels }] of Object.entries(TOTALS)) {
    const counter = new Counter({
      name,
      help,
      labelNames: [...labels],
      registers: [],
      async collect() {
        const stats = Object.entries(await ledger.stats())
        this.reset()
        // What is not there yet is a zero: from nothing to one is no increase that anybody is told of.
        for (const zero of zeros(labels)) this.inc(zero, 0)
        for (const [field, count] of stats) {
          const [stat, ...values] = field.split(':')
          if (stat !== key) continue
          this.inc(Object.fromEntries(labels.map((label, index) => [label, values[index] ?? ''])), Math.max(0, count))
        }
      },
    })
    registry.registerMetric(counter)
  }
}

function zeros(labels: readonly ('provider' | 'outcome')[]): Record<string, string>[] {
  if (!labels.includes('provider')) return []
  const each = PROVIDER_NAMES.map((provider) => ({ provider }))
  return labels.includes('outcome') ? each.flatMap((one) => OUTCOMES.map((outcome) => ({ ...one, outcome }))) : each
}

function addSchedules(registry: Registry, { schedules }: Dependencies): void {
  const counter = new Counter({
    name: 'cae_schedule_skipped_total',
    help: 'Runs that a schedule left out, since the one before had not ended',
    labelNames: ['schedule'],
    registers: [],
    async collect() {
      const all = await schedules.list()
      this.reset()
      for (const { name, skipped } of all) this.inc({ schedule: name }, skipped)
    },
  })
  registry.registerMetric(counter)
}

interface QuotaMetric {
  readonly type: typeof Counter | typeof Gauge
  readonly help: string
  readonly of: (view: LimitView) => number
}

// By limit and not by account: a cluster has thousands of budgets.
const QUOTA_METRICS: Readonly<Record<string, QuotaMetric>> = {
  cae_quota_calls_total: { type: Counter, help: 'Calls let through, by limit', of: ({ calls }) => calls },
  cae_quota_throttled_total: {
    type: Counter,
    help: 'Calls that the provider throttled, by limit',
    of: ({ throttles }) => throttles,
  },
  cae_quota_rate_per_second: {
    type: Gauge,
    help: 'Calls per second that each budget of a limit allows at most, headroom taken off',
    of: ({ limit }) => limit.ratePerSecond * limit.headroom,
  },
  cae_quota_budgets: { type: Gauge, help: 'Budgets in use, by limit', of: ({ budgets }) => budgets },
  cae_quota_budgets_slowed: {
    type: Gauge,
    help: 'Budgets that throttles have slowed down, by limit',
    of: ({ slowed }) => slowed,
  },
  cae_quota_budgets_paused: {
    type: Gauge,
    help: 'Budgets in which all calls wait, by limit',
    of: ({ paused }) => paused,
  },
}

function addQuotas(registry: Registry, { quotas, clock }: Dependencies): void {
  // The metrics of one scrape are read together.
  let reading: Promise<readonly LimitView[]> | undefined
  const read = () =>
    (reading ??= quotas
      .read(clock.now())
      .then(({ limits }) => limits)
      .finally(() => {
        reading = undefined
      }))
  for (const [name, { type: Metric, help, of }] of Object.entries(QUOTA_METRICS)) {
    const metric = new Metric({
      name,
      help,
      labelNames: ['limit'],
      registers: [],
      async collect() {
        const views = await read()
        this.reset()
        for (const view of views) this.inc({ limit: view.limit.name }, Math.max(0, of(view)))
      },
    })
    registry.registerMetric(metric)
  }
}
