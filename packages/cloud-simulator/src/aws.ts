import { randomUUID } from 'node:crypto'
import { callerOf, type Caller } from './aws-identity.ts'
import { CONFIG_OPERATIONS, cursorText } from './aws-config.ts'
import { AwsError } from './aws-error.ts'
import type { Strike } from './faults.ts'
import { endingOf, isObject, parseJson, type Answer, type Silence } from './http.ts'
import { AWS_QUOTAS } from './quotas.ts'
import type { EstateSlice } from './resource-type.ts'
import { pageNumber } from './selection.ts'
import type { World } from './world.ts'

export const TARGET_PREFIX = 'StarlingDoveService.'

type Headers = Readonly<Record<string, string | string[] | undefined>>

/** AWS Config, JSON 1.1. */
export async function answerConfig(world: World, headers: Headers, body: string): Promise<Answer | Silence> {
  const target = String(headers['x-amz-target'] ?? '')
  const operation = target.startsWith(TARGET_PREFIX) ? target.slice(TARGET_PREFIX.length) : target
  const caller = callerOf(headers, world.estate, world.now())
  const input = body === '' ? {} : parseJson(body)
  const strike = world.faults.strike({
    provider: 'aws',
    operation,
    scopes: caller ? [caller.account] : [],
    ...(caller && { region: caller.region }),
    page: isObject(input) ? pageNumber(cursorText(input)) : 1,
  })
  await world.sleep(world.latencyMs + (strike?.delayMs ?? 0))
  const answer = attempt(() => execute(world, operation, caller, input, strike))
  if (typeof answer === 'string') {
    world.requests.count('aws', operation, 'failed')
    return answer
  }
  world.requests.count(
    'aws',
    operation,
    endingOf(answer, (json) => json.includes('"ThrottlingException"')),
  )
  return answer
}

function execute(
  world: World,
  operation: string,
  caller: Caller | null,
  input: unknown,
  strike: Strike | undefined,
): Answer | Silence {
  if (strike?.kind === 'reset' || strike?.kind === 'hang') return strike.kind
  const run = CONFIG_OPERATIONS[operation]
  if (!run) throw new AwsError('UnknownOperationException', '')
  if (!caller) throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token', 403)
  if (!isObject(input)) throw new AwsError('SerializationException', 'The request body is not a JSON object')
  if (strike) refuse(strike, operation, caller)
  if (caller.expired) throw expiredToken()
  const slice = sliceOf(world, caller)
  throttle(world, operation, caller)
  return json(200, run({ world, slice, input, ...(strike && { strike }) }))
}

function refuse({ kind }: Strike, operation: string, caller: Caller): void {
  if (kind === 'throttle') throw rateExceeded()
  if (kind === 'server_error') throw new AwsError('InternalServerException', 'An internal error occurred', 500)
  if (kind === 'denied') throw accessDenied(operation, caller.account)
  if (kind === 'region_disabled') throw regionDisabled()
  if (kind === 'expired_token') throw expiredToken()
  if (kind === 'expired_cursor') throw new AwsError('InvalidNextTokenException', 'The nextToken provided is expired')
}

function sliceOf({ estate }: World, { account, region }: Caller): EstateSlice {
  if (!estate.awsRegions.includes(region)) throw regionDisabled()
  const slice = estate.tables.aws.find((one) => one.scope === account && one.region === region)
  if (!slice)
    throw new AwsError('UnrecognizedClientException', 'The security token included in the request is invalid.')
  return slice
}

function throttle({ quotas }: World, operation: string, { account, region }: Caller): void {
  const quota = AWS_QUOTAS[operation]
  if (quota && !quotas.bucket(`aws ${operation} ${account} ${region}`, quota)) throw rateExceeded()
}

function rateExceeded(): AwsError {
  return new AwsError('ThrottlingException', 'Rate exceeded')
}

function expiredToken(): AwsError {
  return new AwsError('ExpiredTokenException', 'The security token included in the request is expired')
}

// What an opt-in region that is off answers to credentials that are good elsewhere.
function regionDisabled(): AwsError {
  return new AwsError('UnrecognizedClientException', 'The security token included in the request is invalid.')
}

function accessDenied(operation: string, account: string): AwsError {
  const principal = `arn:aws:sts::${account}:assumed-role/simulated/session`
  return new AwsError(
    'AccessDeniedException',
    `User: ${principal} is not authorized to perform: config:${operation} because no identity-based policy allows the config:${operation} action`,
  )
}

function attempt(run: () => Answer | Silence): Answer | Silence {
  try {
    return run()
  } catch (thrown) {
    if (!(thrown instanceof AwsError)) throw thrown
    return json(thrown.status, JSON.stringify({ __type: thrown.code, message: thrown.message }))
  }
}

function json(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() }, body }
}
