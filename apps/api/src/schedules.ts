import { nearest } from '@cae/catalogue'
import { checkCron, secondsApart, TIME_ZONES, timeZoneName, type Schedule } from '@cae/runtime'
import { Router } from 'express'
import type { Dependencies } from './dependencies.ts'
import { GIVEN_TWICE, parseRequest } from './parse-request.ts'
import { notFound, Problem, requireObject, type FieldError } from './problem.ts'
import { takeNothing } from './query.ts'
import { note } from './request-notes.ts'
import { scheduleDetail } from './views.ts'

type Fields = Record<string, unknown>

/** What a schedule has beside its request. */
const OWN_FIELDS = ['name', 'cron_expression', 'timezone'] as const
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/

/** `/schedules`: cron expressions with requests. */
export function scheduleRoutes(dependencies: Dependencies): Router {
  const { schedules, clock } = dependencies
  const router = Router()
  const view = (schedule: Schedule) => scheduleDetail(schedule, clock.now())

  router.post('/', async (request, response) => {
    const { warnings, ...wanted } = parseSchedule(request.query, request.body, dependencies)
    note(response, { schedule: wanted.name })
    if (!(await schedules.create(wanted, clock.now()))) {
      throw new Problem(409, `a schedule named ${wanted.name} exists`, [{ field: 'name', message: 'is taken' }])
    }
    const schedule = await find(wanted.name)
    const answer = { ...view(schedule), ...(warnings.length > 0 && { warnings }) }
    response.status(201).location(`/schedules/${schedule.name}`).json(answer)
  })

  router.get('/', async (request, response) => {
    takeNothing(request)
    response.json({ schedules: (await schedules.list()).map(view) })
  })

  router.get('/:name', async (request, response) => {
    takeNothing(request)
    response.json(view(await find(request.params.name)))
  })

  router.delete('/:name', async (request, response) => {
    takeNothing(request)
    note(response, { schedule: request.params.name })
    if (!(await schedules.remove(request.params.name))) throw notFound(`schedule ${request.params.name}`)
    response.status(204).end()
  })

  for (const [action, paused] of [
    ['pause', true],
    ['resume', false],
  ] as const) {
    router.put(`/:name/${action}`, async (request, response) => {
      takeNothing(request)
      note(response, { schedule: request.params.name })
      const schedule = await schedules.setPaused(request.params.name, paused)
      if (!schedule) throw notFound(`schedule ${request.params.name}`)
      response.json(view(schedule))
    })
  }

  async function find(name: string): Promise<Schedule> {
    const schedule = await schedules.get(name)
    if (!schedule) throw notFound(`schedule ${name}`)
    return schedule
  }
  return router
}

function parseSchedule(query: unknown, body: unknown, { settings, clock }: Dependencies) {
  requireObject(body)
  const [asked, posted] = [apart(query as Fields), apart((body ?? {}) as Fields)]
  const { name, cron_expression: given, timezone = 'UTC' } = { ...asked.own, ...posted.own }
  const cron_expression = typeof given === 'string' ? given.trim() : given
  const errors: FieldError[] = Object.keys(posted.own)
    .filter((field) => Object.hasOwn(asked.own, field))
    .map((field) => ({ field, message: GIVEN_TWICE }))
  if (typeof name !== 'string' || !NAME.test(name)) {
    errors.push({ field: 'name', message: 'must be 1 to 100 letters, digits, dots, dashes and underscores' })
  }
  const zone = typeof timezone === 'string' ? timeZoneName(timezone) : undefined
  if (zone === undefined) errors.push({ field: 'timezone', message: noTimeZone(timezone) })
  const cron = checkExpression(cron_expression, zone ?? 'UTC')
  if (cron) errors.push({ field: 'cron_expression', message: cron })
  try {
    const { warnings, ...parsed } = parseRequest(asked.rest, posted.rest, settings, OWN_FIELDS)
    if (errors.length === 0) {
      const when = { cron_expression: cron_expression as string, timezone: zone as string }
      return { name: name as string, ...when, ...parsed, warnings: [...tooOften(when, clock.now()), ...warnings] }
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    errors.push(...error.errors)
  }
  throw new Problem(422, `invalid schedule: ${errors.map(({ field }) => field).join(', ')}`, errors)
}

const LONG_ZONE = 50

// What is far longer than any has none near to it, and would only be slow to compare.
function noTimeZone(given: unknown): string {
  const [best] = typeof given === 'string' && given.length <= LONG_ZONE ? nearest(given, TIME_ZONES) : []
  return `must be an IANA time zone${best ? `; did you mean ${best}?` : ' such as Europe/Berlin'}`
}

function apart(source: Fields): { readonly own: Fields; readonly rest: Fields } {
  const fields = Object.entries(source)
  return {
    own: Object.fromEntries(fields.filter(([field]) => isOwn(field))),
    rest: Object.fromEntries(fields.filter(([field]) => !isOwn(field))),
  }
}

function isOwn(field: string): boolean {
  return (OWN_FIELDS as readonly string[]).includes(field)
}

const OFTEN_SECONDS = 60

/** A run of clouds takes longer, mostly: it may be meant, and is rather a field too many. */
function tooOften({ cron_expression, timezone }: Pick<Schedule, 'cron_expression' | 'timezone'>, now: number) {
  const seconds = secondsApart(cron_expression, timezone, now)
  if (seconds >= OFTEN_SECONDS) return []
  const every = seconds === 1 ? 'every second' : `every ${seconds} seconds`
  return [{ field: 'cron_expression', message: `fires ${every}: the first of six fields is that of seconds` }]
}

function checkExpression(expression: unknown, timezone: string): string | undefined {
  if (typeof expression !== 'string' || expression.trim() === '') {
    return 'must be a cron expression: minute hour day month weekday, such as "0 2 * * *", or @daily'
  }
  const fields = expression.split(/\s+/).length
  if (!expression.startsWith('@') && (fields < 5 || fields > 6))
    return `has ${fields} ${fields === 1 ? 'field' : 'fields'}; must have five, or six with seconds first`
  try {
    checkCron(expression, timezone)
    return undefined
  } catch (error) {
    return `is not valid: ${(error as Error).message}`
  }
}
