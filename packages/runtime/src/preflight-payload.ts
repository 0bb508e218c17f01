import { ERRORS, PROVIDER_NAMES, type ErrorCode, type ProviderName } from '@cae/core'
import Joi from 'joi'
import { PAYLOAD_VERSION } from './queues.ts'

/** What is asked about: a provider, or where the workers deliver to. */
export type PreflightSubject = ProviderName | 'destination'

export const PREFLIGHT_SUBJECTS: readonly PreflightSubject[] = ['destination', ...PROVIDER_NAMES]

/** What a worker takes from the list of a subject: which preflight wants an answer. The request is in the exchange. */
export interface PreflightQuestion {
  readonly v: typeof PAYLOAD_VERSION
  readonly preflightId: string
  readonly subject: PreflightSubject
}

/** What a worker found out about its destination. */
export interface DestinationAnswer {
  readonly v: typeof PAYLOAD_VERSION
  /** The transport's name. */
  readonly transport: string
  /** What was tried, for people; null where it failed, and where there is nothing to try. */
  readonly tried: string | null
  /** What a delivery would fail with. */
  readonly problem: { readonly code: ErrorCode; readonly message: string } | null
}

/** What a worker found out about one provider. */
export interface PreflightAnswer {
  readonly v: typeof PAYLOAD_VERSION
  readonly checks: CheckGroup[]
  /** Declared permissions that no check tried: nothing is known of them. */
  readonly untried: string[]
  /** Null where no check could say how much there is to read. */
  readonly estimate: RunEstimate | null
}

/** Findings that say the same of several places: a large estate has thousands, and few kinds of them. */
export interface CheckGroup {
  /** An action of the declared permissions, `credentials`, or a state such as `recorder`. */
  readonly check: string
  readonly status: 'ok' | 'missing' | 'warning'
  /** With `{scope}` and `{region}` where the places have their own names in it. */
  readonly message?: string
  readonly advice?: string
  readonly places: CheckPlace[]
}

export interface CheckPlace {
  readonly scope: string
  readonly regions: string[]
}

/** What a full run over the places takes. */
export interface RunEstimate {
  /** Null where no provider's count is known. */
  readonly resources: number | null
  readonly calls: number
  /** What the slowest budget needs for its calls; null where nothing limits them. */
  readonly seconds: number | null
  /** The limit with that budget. */
  readonly decidedBy: string | null
  readonly limits: LimitEstimate[]
  /** Something is missing, and what it hides is not in these numbers. */
  readonly atLeast: boolean
}

export interface LimitEstimate {
  readonly name: string
  readonly calls: number
  /** Of the budget with the most calls, since budgets are used up side by side. */
  readonly busiest: number
  /** Calls per second of one budget, headroom applied; null where the limiter is off or declares no such limit. */
  readonly ratePerSecond: number | null
  readonly seconds: number | null
}

const v = Joi.number().valid(PAYLOAD_VERSION).required()
const text = Joi.string().allow('')
const count = Joi.number().min(0).required()
const measure = Joi.number().min(0).required().allow(null)

// By hand: there are thousands, and Joi takes a third of a second for them.
function placesOnly(places: readonly unknown[]): readonly unknown[] {
  if (places.length > 0 && places.every(isPlace)) return places
  throw new Error('they must be scopes with their regions')
}

function isPlace(place: unknown): boolean {
  const { scope, regions } = (place ?? {}) as { scope?: unknown; regions?: unknown }
  return typeof scope === 'string' && isTexts(regions) && regions.length > 0
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}

const questionSchema = Joi.object<PreflightQuestion, true>({
  v,
  preflightId: Joi.string().max(100).required(),
  subject: Joi.string()
    .valid(...PREFLIGHT_SUBJECTS)
    .required(),
})

const destinationSchema = Joi.object<DestinationAnswer, true>({
  v,
  transport: Joi.string().required(),
  tried: text.required().allow(null),
  problem: Joi.object({
    code: Joi.string()
      .valid(...Object.keys(ERRORS))
      .required(),
    message: text.required(),
  })
    .required()
    .allow(null),
})

const answerSchema = Joi.object<PreflightAnswer, true>({
  v,
  checks: Joi.array()
    .items(
      Joi.object<CheckGroup, true>({
        check: Joi.string().required(),
        status: Joi.string().valid('ok', 'missing', 'warning').required(),
        message: text,
        advice: text,
        places: Joi.array().custom(placesOnly).required(),
      }),
    )
    .required(),
  untried: Joi.array().items(Joi.string()).required(),
  estimate: Joi.object<RunEstimate, true>({
    resources: measure,
    calls: count,
    seconds: measure,
    decidedBy: Joi.string().required().allow(null),
    limits: Joi.array()
      .items(
        Joi.object<LimitEstimate, true>({
          name: Joi.string().required(),
          calls: count,
          busiest: count,
          ratePerSecond: measure,
          seconds: measure,
        }),
      )
      .required(),
    atLeast: Joi.boolean().required(),
  })
    .required()
    .allow(null),
})

/** Throws where it is no question, or one of another release. */
export function readQuestion(json: string): PreflightQuestion {
  return checked(questionSchema, json, 'question')
}

/** Throws where it is no answer, or one of another release. */
export function readAnswer(json: string): PreflightAnswer {
  return checked(answerSchema, json, 'answer')
}

/** Throws as `readAnswer` does. */
export function readDestination(json: string): DestinationAnswer {
  return checked(destinationSchema, json, 'answer')
}

function checked<T>(schema: Joi.ObjectSchema<T>, json: string, what: string): T {
  const { error, value } = schema.validate(JSON.parse(json), { convert: false })
  if (error) throw new Error(`invalid preflight ${what}: ${error.message}`)
  return value
}
