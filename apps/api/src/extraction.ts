import { aliasesOf, entries, services } from '@cae/catalogue'
import { OUTCOMES, PROVIDER_NAMES, type Outcome, type ProviderName } from '@cae/core'
import { RUN_ID, RUN_STATUSES, type RunView, outcomesOf, tasksOf } from '@cae/runtime'
import { Router, type RequestHandler } from 'express'
import Joi from 'joi'
import { admit } from './admission.ts'
import { coverageDetail, coverageQuery, pageOf } from './coverage.ts'
import type { Dependencies } from './dependencies.ts'
import { configuredOf, isConfigured } from './configured.ts'
import { parseRequest } from './parse-request.ts'
import { notFound } from './problem.ts'
import { checkQuery, takeNothing } from './query.ts'
import { quotasRoute } from './quotas.ts'
import { note } from './request-notes.ts'
import { settingsWarning } from './settings-warning.ts'
import { submit } from './submit.ts'
import { jobDetail, jobSummary, taskDetail } from './views.ts'

const listQuery = Joi.object<{ limit: number; offset: number; status?: RunView['status'] }>({
  limit: Joi.number().integer().min(1).max(1000).default(20),
  offset: Joi.number().integer().min(0).default(0),
  status: Joi.string().valid(...RUN_STATUSES),
})

const tasksQuery = Joi.object<{ limit: number; offset: number; outcome?: Outcome }>({
  limit: Joi.number().integer().min(1).max(1000).default(100),
  offset: Joi.number().integer().min(0).default(0),
  outcome: Joi.string().valid(...OUTCOMES),
})

const providerQuery = Joi.object<{ provider?: ProviderName }>({ provider: Joi.string().valid(...PROVIDER_NAMES) })

/** `/extraction`: requests in, jobs out. */
export function extractionRoutes(dependencies: Dependencies): Router {
  const { ledger, settings, applied, clock } = dependencies
  const router = Router()
  const extract: RequestHandler = async (request, response) => {
    const { request: parsed, warnings: doubts } = parseRequest(request.query, request.body, settings)
    await admit(dependencies)
    const warnings = [...doubts, ...(await settingsWarning(parsed.providers, dependencies))]
    const id = await submit(parsed, dependencies)
    note(response, { job: id })
    const message = `extraction of ${parsed.providers.join(', ')} accepted`
    response
      .status(202)
      .location(`/extraction/jobs/${id}`)
      .json({ job_id: id, status: 'queued', message, ...(warnings.length > 0 && { warnings }) })
  }
  for (const path of ['/extract', '/trigger']) router.post(path, extract)

  router.get('/jobs', async (request, response) => {
    const { limit, offset, status } = checkQuery(listQuery, request.query)
    const [total, ids] = await Promise.all([ledger.countRuns(status), ledger.runIds(limit, status, offset)])
    const runs = await Promise.all(ids.map((id) => ledger.run(id)))
    response.json({ total, limit, offset, jobs: runs.filter((run) => run !== null).map(jobSummary) })
  })

  router.get('/jobs/:id', async (request, response) => {
    takeNothing(request)
    const run = await findRun(request.params.id, dependencies)
    const now = clock.now()
    const [counts, errors, waits, absent] = await Promise.all([
      ledger.counts(run.id),
      ledger.errors(run.id),
      ledger.waits(run.id),
      applied.without(run.request.providers),
    ])
    response.json(jobDetail(run, { counts, errors, waits, absent }, now))
  })

  router.get('/jobs/:id/tasks', async (request, response) => {
    const run = await findRun(request.params.id, dependencies)
    const query = checkQuery(tasksQuery, request.query)
    const [tasks, waits] = await Promise.all([pageOf(tasksOf(ledger, run), query), ledger.waits(run.id)])
    const { limit, offset, outcome } = query
    const total = outcome ? (outcomesOf(run)[outcome] ?? 0) : taskCount(run)
    response.json({
      job_id: run.id,
      total,
      limit,
      offset,
      tasks: tasks.map((view) => taskDetail(view, waits.get(view.task.id))),
    })
  })

  router.get('/jobs/:id/coverage', async (request, response) => {
    const run = await findRun(request.params.id, dependencies)
    response.json(await coverageDetail(run, checkQuery(coverageQuery, request.query), ledger))
  })

  router.get('/quotas', quotasRoute(dependencies))

  router.get('/providers', (request, response) => {
    takeNothing(request)
    response.json({ providers: PROVIDER_NAMES.map((name) => providerView(name, dependencies)) })
  })

  router.get('/services', (request, response) => {
    const { provider } = checkQuery(providerQuery, request.query)
    const names = provider ? [provider] : PROVIDER_NAMES
    response.json({ services: Object.fromEntries(names.map((name) => [name, servicesOf.get(name)])) })
  })
  return router
}

/** Slices, and tasks that still plan. */
function taskCount({ providers }: RunView): number {
  return Object.values(providers).reduce((sum, { slices, planning }) => sum + slices + planning, 0)
}

async function findRun(id: string, { ledger }: Dependencies): Promise<RunView> {
  const run = RUN_ID.test(id) ? await ledger.run(id) : null
  if (!run) throw notFound(`job ${id.slice(0, 100)}`)
  return run
}

function providerView(name: ProviderName, { settings }: Dependencies) {
  const { scopes, discovers } = configuredOf(settings, name)
  return {
    name,
    enabled: settings.enabled_providers.includes(name),
    configured: isConfigured(settings, name),
    // The workers look for further accounts; a request may name any.
    discovers,
    accounts: scopes.map(({ id, regions }) => ({ id, regions: regions ?? 'all' })),
    services: services(name).length,
  }
}

const servicesOf = new Map(PROVIDER_NAMES.map((name) => [name, groupTypes(name)]))

function groupTypes(provider: ProviderName) {
  return services(provider).map((name) => {
    const types = entries(provider)
      .filter(({ service }) => service === name)
      .toSorted((a, b) => (a.resourceType < b.resourceType ? -1 : 1))
    return {
      name,
      aliases: aliasesOf(provider, name),
      resource_types: types.map(({ resourceType }) => resourceType),
      native_types: Object.fromEntries(types.map(({ resourceType, nativeType }) => [resourceType, nativeType])),
    }
  })
}
