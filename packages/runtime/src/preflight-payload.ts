import { PROVIDER_NAMES, type ProviderName } from '@cae/core'
import Joi from 'joi'
import { PAYLOAD_VERSION } from './queues.ts'

/** What a worker takes from the list of a provider: which preflight wants an answer. The request is in the exchange. */
export interface PreflightQuestion {
  readonly v: typeof PAYLOAD_VERSION
  readonly preflightId: string
  readonly provider: ProviderName
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

const questionSchema = Joi.object<PreflightQuestion, true>({
  v,
  preflightId: Joi.string().max(100).required(),
  provider: Joi.string()
    .valid(...PROVIDER_NAMES)
    .required(),
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
        places: Joi.array()
          .items(Joi.object({ scope: text.required(), regions: Joi.array().items(text).min(1).required() }))
          .min(1)
          .required(),
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

function checked<T>(schema: Joi.ObjectSchema<T>, json: string, what: string): T {
  const { error, value } = schema.validate(JSON.parse(json), { convert: false })
  if (error) throw new Error(`invalid preflight ${what}: ${error.message}`)
  return value
}
