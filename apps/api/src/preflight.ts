import { isSettled, newRunId, RUN_ID, TAKEN_WITHIN_MS, type PreflightView } from '@cae/runtime'
import { Router, type Request, type Response } from 'express'
import Joi from 'joi'
import { admit } from './admission.ts'
import type { Dependencies } from './dependencies.ts'
import { parseRequest } from './parse-request.ts'
import { preflightDetail } from './preflight-view.ts'
import { notFound, Problem, type FieldError } from './problem.ts'
import { checkQuery } from './query.ts'
import { settingsWarning } from './settings-warning.ts'

const LOOK_EVERY_MS = 200

// Shorter than what the process has to stop, and than what clients and proxies wait for an answer.
const waitQuery = Joi.object<{ wait: number }>({ wait: Joi.number().min(0).max(10).default(10) })

/**
 * `/extraction/preflight`: what a run would need and what of it is there. The API has no cloud SDK, so a worker tries; a
 * check may take minutes, so the answer is 202 with what is known after `wait` seconds, until it is complete.
 */
export function preflightRoutes(dependencies: Dependencies, draining: () => boolean): Router {
  const { settings, preflights, clock } = dependencies
  const router = Router()

  router.get('/preflight', async (request, response) => {
    const { wait: given, ...selection } = request.query
    const { wait } = checkQuery(waitQuery, given === undefined ? {} : { wait: given })
    const { request: parsed, warnings: doubts } = parseRequest(selection, undefined, settings)
    await admit(dependencies)
    const warnings = [...doubts, ...(await settingsWarning(parsed.providers, dependencies))]
    const id = newRunId(clock.now())
    if (!(await preflights.ask(id, parsed, clock.now())))
      throw new Problem(503, 'too many checks wait for a worker already; try again later')
    await answer(id, wait, request, response, warnings)
  })

  router.get('/preflight/:id', async (request, response) => {
    const { wait } = checkQuery(waitQuery, request.query)
    await answer(request.params.id, wait, request, response, [])
  })

  async function answer(
    id: string,
    wait: number,
    request: Request,
    response: Response,
    warnings: readonly FieldError[],
  ): Promise<void> {
    const view = RUN_ID.test(id) ? await lookAfter(id, wait, request) : null
    if (!view) throw notFound('preflight')
    const questions = Object.values(view.providers)
    if (questions.every(({ status }) => status === 'unanswered' || status === 'lost')) throw nobodyAnswered(view)
    const running = ![...questions, view.destination].every(isSettled)
    response.set('Cache-Control', 'no-store').status(running ? 202 : 200)
    if (running) response.location(`/extraction/preflight/${id}`)
    response.json({ ...preflightDetail(view), ...(warnings.length > 0 && { warnings }) })
  }

  /** How it stands when every question is settled, the time is over, the client has left, or we stop. */
  async function lookAfter(id: string, wait: number, { socket }: Request): Promise<PreflightView | null> {
    const until = clock.now() + wait * 1000
    while (!(await preflights.settle(id)) && clock.now() < until && !socket.destroyed && !draining())
      await clock.sleep(Math.min(LOOK_EVERY_MS, until - clock.now()))
    return preflights.look(id)
  }
  return router
}

function nobodyAnswered({ providers }: PreflightView): Problem {
  const all = Object.entries(providers)
  const names = all.map(([name]) => name).join(', ')
  if (all.every(([, { status }]) => status === 'unanswered')) {
    const seconds = TAKEN_WITHIN_MS / 1000
    return new Problem(
      503,
      `no worker answered for ${names} within ${seconds} s: start one, such as with \`cae up\`, with these in its enabled_providers; workers that are busy with other checks answer later`,
    )
  }
  return new Problem(503, `the worker that checked ${names} gives no sign of life any more; check again`)
}
