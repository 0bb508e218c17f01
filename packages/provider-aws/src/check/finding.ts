import { nearest, REGIONS } from '@cae/catalogue'
import { errorRow, ExtractionError, type ErrorCode, type Finding } from '@cae/core'
import type { Call, Operation } from '../client/call.ts'

export interface Tried<T> {
  readonly finding: Finding
  /** What the call gave, where it was allowed. */
  readonly answer?: T
  /** Why it gave nothing. */
  readonly error?: ExtractionError
}

/** A type that is in every account, few of it, and an id that none has. */
export const SAMPLE = { type: 'AWS::EC2::VPC', none: 'vpc-00000000000000000' } as const

type About = Pick<Finding, 'scope' | 'region'>

/**
 * Tries an action by a call that changes nothing. It is allowed where the call answers, or fails for another reason than
 * our rights. Throws what is no `ExtractionError`: that is the signal's reason.
 */
export async function tried<T>(
  about: About,
  action: string,
  call: () => Promise<T>,
  optional = false,
): Promise<Tried<T>> {
  try {
    return { finding: { ...about, check: action, status: 'ok' }, answer: await call() }
  } catch (thrown) {
    if (!(thrown instanceof ExtractionError)) throw thrown
    return { finding: toFinding(about, action, thrown, optional), error: thrown }
  }
}

function toFinding(about: About, action: string, error: ExtractionError, optional: boolean): Finding {
  const { code, message } = error
  const finding = { ...about, check: action, message }
  if (code === 'NOT_ENABLED') return { ...finding, status: 'ok' }
  if (code === 'ACCESS_DENIED') {
    const advice = `allow ${action} in the policy of the identity or role that reads ${about.scope}, and in the organization's policies`
    return { ...finding, status: optional ? 'warning' : 'missing', advice }
  }
  const tried: readonly string[] = []
  if (isNoRegion(about.region, error)) return { ...about, check: 'region', tried, ...noRegion(about.region) }
  // Only regions that are named come here, or that the account has enabled: a run has a gap there.
  if (code === 'REGION_DISABLED') {
    const advice = 'enable the region, or leave it out of the settings'
    return { ...about, check: 'region', tried, status: 'missing', message, advice }
  }
  if (code === 'CREDENTIALS_UNAVAILABLE') return { ...finding, tried, status: 'missing', advice: errorRow(code).advice }
  if (code === 'CREDENTIALS_INVALID' || code === 'CREDENTIALS_EXPIRED') {
    return { ...finding, tried, status: 'missing', advice: "check role_arn, external_id and the role's trust policy" }
  }
  return { ...finding, tried, status: 'warning', advice: 'try again: whether it is allowed could not be found out' }
}

/** Whether a region fails because there is none of that name. To a refusal it looks like one that is off; AWS itself has no such host. */
export function isNoRegion(region: string, { code, nativeCode }: ExtractionError): boolean {
  const isKnown = region === 'global' || REGIONS.aws.includes(region)
  return !isKnown && (code === 'REGION_DISABLED' || nativeCode === 'ENOTFOUND')
}

function noRegion(region: string): Pick<Finding, 'status' | 'message' | 'advice'> {
  const [meant] = nearest(region, REGIONS.aws)
  const name = meant ? `name ${meant}, if that is meant` : 'name a region of AWS'
  return {
    status: 'missing',
    message: `no region ${region} of AWS is known`,
    advice: `${name}, or leave it out of the settings`,
  }
}

/** The same call, which notes the operations that were answered or refused, as IAM spells them. */
export function noting(call: Call, actions: Set<string>): Call {
  return async (operation, place, context, send) => {
    const note = () => actions.add(actionOf(operation))
    try {
      const answer = await call(operation, place, context, send)
      note()
      return answer
    } catch (thrown) {
      if (thrown instanceof ExtractionError && TELLING.has(thrown.code)) note()
      throw thrown
    }
  }
}

/** Errors that come after our rights were looked at, or instead. */
const TELLING: ReadonlySet<string> = new Set<ErrorCode>(['ACCESS_DENIED', 'NOT_ENABLED', 'SCOPE_NOT_FOUND'])

function actionOf(operation: Operation): string {
  return operation.includes(':') ? operation : `config:${operation}`
}
