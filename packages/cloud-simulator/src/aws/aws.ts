import { randomUUID } from 'node:crypto'
import { ACCOUNT } from './account.ts'
import { CLOUD_CONTROL } from './cloud-control.ts'
import { CONFIG } from './config.ts'
import { AwsError } from './error.ts'
import { callerOf, type Caller } from './identity.ts'
import { ORGANIZATIONS } from './organizations.ts'
import { PITFALLS } from './pitfalls.ts'
import { RESOURCE_EXPLORER } from './resource-explorer.ts'
import type { AwsService } from './service.ts'
import { TAGGING } from './tagging.ts'
import type { FaultKind } from '../fault-kinds.ts'
import type { Strike } from '../faults.ts'
import { endingOf, isObject, parseJson, silenceOf, type Answer, type Silence } from '../http.ts'
import { AWS_QUOTAS } from '../quotas.ts'
import type { EstateSlice } from '../estate/resource-type.ts'
import { pageNumber } from '../estate/selection.ts'
import type { World } from '../world.ts'

type Headers = Readonly<Record<string, string | string[] | undefined>>

/** JSON 1.0 and 1.1: the header `x-amz-target` names service and operation. */
const TARGETS: Readonly<Record<string, AwsService>> = {
  StarlingDoveService: CONFIG,
  AWSOrganizationsV20161128: ORGANIZATIONS,
  ResourceGroupsTaggingAPI_20170126: TAGGING,
  CloudApiService: CLOUD_CONTROL,
}
/** REST JSON: the path names the operation, and the host, here the signature, the service. */
const RESTS: readonly AwsService[] = [ACCOUNT, RESOURCE_EXPLORER]
const SERVICES = [...Object.values(TARGETS), ...RESTS]

/** Faults that change what is listed rather than one answer; the operations ask for them. */
export const LASTING: readonly FaultKind[] = [
  'account_suspended',
  'no_organization',
  'region_enabling',
  'index_off',
  'view_filtered',
  'unindexed',
  ...PITFALLS,
]

/** Faults that do not strike a call of a service. */
const NOT_OF: ReadonlyMap<AwsService, readonly FaultKind[]> = new Map(
  SERVICES.map((service) => {
    const others = SERVICES.filter((one) => one !== service).flatMap(({ faults }) => faults)
    return [service, [...LASTING, ...others]]
  }),
)

/** Null where the request is none of these services'. */
export async function answerAws(
  world: World,
  headers: Headers,
  path: string,
  body: string,
): Promise<Answer | Silence | null> {
  const caller = callerOf(headers, world.estate, world.now())
  const target = headers['x-amz-target']
  if (target === undefined) {
    const service = RESTS.find(({ signedAs }) => signedAs === caller?.service)
    return service ? answerService(world, service, caller, operationAt(path), body) : null
  }
  const [prefix, operation = ''] = String(target).split('.')
  const service = TARGETS[prefix!]
  if (!service) return unknownOperation(world, String(target))
  return answerService(world, service, caller, operation, body)
}

// `/listRegions` is the operation ListRegions.
function operationAt(path: string): string {
  return path.slice(1, 2).toUpperCase() + path.slice(2)
}

function unknownOperation(world: World, target: string): Answer {
  world.requests.count('aws', target, 'failed')
  return json(400, JSON.stringify({ __type: 'UnknownOperationException' }), 'application/x-amz-json-1.1')
}

async function answerService(
  world: World,
  service: AwsService,
  caller: Caller | null,
  operation: string,
  body: string,
): Promise<Answer | Silence> {
  const counted = service === CONFIG ? operation : `${service.name}:${operation}`
  const input = body === '' ? {} : parseJson(body)
  const strike = strikeOf(world, service, caller, counted, input)
  await world.sleep(world.latencyMs + (strike?.delayMs ?? 0))
  const answer = attempt(service, () => {
    const silence = silenceOf(strike)
    if (silence) return silence
    const known = checked(service, operation, caller, input)
    if (strike) refuse(strike, service, operation, known)
    if (known.expired) throw expiredToken()
    const slice = sliceOf(world, service, known)
    throttle(world, service, counted, known)
    const call = { world, caller: known, slice, input: input as Readonly<Record<string, unknown>> }
    return json(200, service.operations[operation]!({ ...call, ...(strike && { strike }) }), service.contentType)
  })
  if (typeof answer === 'string') {
    world.requests.count('aws', counted, 'failed')
    return answer
  }
  const throttled = `"${service.throttled().code}"`
  world.requests.count(
    'aws',
    counted,
    endingOf(answer, (text) => text.includes(throttled)),
  )
  return answer
}

function strikeOf(world: World, service: AwsService, caller: Caller | null, operation: string, input: unknown) {
  const known = isObject(input) ? input : {}
  const table = service.table?.(known)
  return world.faults.strike({
    provider: 'aws',
    operation,
    scopes: caller ? [caller.account] : [],
    ...(caller && { region: caller.region }),
    ...(table && { table }),
    page: pageNumber(service.cursor(known)),
    ...(service.listsScopes && { namedOnly: true }),
    lasting: NOT_OF.get(service)!,
  })
}

function checked(service: AwsService, operation: string, caller: Caller | null, input: unknown): Caller {
  if (!Object.hasOwn(service.operations, operation)) throw new AwsError('UnknownOperationException', '')
  if (!caller) throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token', 403)
  if (caller.service !== service.signedAs) throw wrongScope(`correct service: '${service.signedAs}'`)
  if (service.global && caller.region !== HOME) throw wrongScope('a valid region')
  if (!isObject(input)) throw new AwsError('SerializationException', 'The request body is not a JSON object')
  return caller
}

const HOME = 'us-east-1'

function wrongScope(what: string): AwsError {
  return new AwsError('InvalidSignatureException', `Credential should be scoped to ${what}.`)
}

function refuse(strike: Strike, service: AwsService, operation: string, caller: Caller): void {
  if (strike.hits('throttle')) throw service.throttled()
  if (strike.hits('server_error')) throw new AwsError('InternalServerException', 'An internal error occurred', 500)
  if (strike.hits('denied')) throw accessDenied(service, operation, caller.account)
  if (strike.hits('region_disabled')) throw regionDisabled()
  if (strike.hits('expired_token')) throw expiredToken()
  if (strike.hits('expired_cursor')) throw service.badCursor()
}

function sliceOf({ estate }: World, service: AwsService, { account, region }: Caller): EstateSlice {
  if (!service.global && !estate.awsRegions.includes(region)) throw regionDisabled()
  const slice = estate.tables.aws.find((one) => one.scope === account && (service.global || one.region === region))
  if (!slice) {
    throw new AwsError('UnrecognizedClientException', 'The security token included in the request is invalid.')
  }
  return slice
}

function throttle({ quotas }: World, service: AwsService, operation: string, { account, region }: Caller): void {
  const quota = AWS_QUOTAS[operation]
  const counted = quota?.together ?? operation
  if (quota && !quotas.bucket(`aws ${counted} ${account} ${region}`, quota)) throw service.throttled()
}

function expiredToken(): AwsError {
  return new AwsError('ExpiredTokenException', 'The security token included in the request is expired')
}

// What an opt-in region that is off answers to credentials that are good elsewhere.
function regionDisabled(): AwsError {
  return new AwsError('UnrecognizedClientException', 'The security token included in the request is invalid.')
}

function accessDenied({ name }: AwsService, operation: string, account: string): AwsError {
  const principal = `arn:aws:sts::${account}:assumed-role/simulated/session`
  return new AwsError(
    'AccessDeniedException',
    `User: ${principal} is not authorized to perform: ${name}:${operation} because no identity-based policy allows the ${name}:${operation} action`,
  )
}

function attempt(service: AwsService, run: () => Answer | Silence): Answer | Silence {
  try {
    return run()
  } catch (thrown) {
    if (!(thrown instanceof AwsError)) throw thrown
    const { code, message, status, details } = thrown
    const answer = json(status, JSON.stringify({ __type: code, message, ...details }), service.contentType)
    return { ...answer, headers: { ...answer.headers, 'x-amzn-errortype': code } }
  }
}

function json(status: number, body: string, contentType: string): Answer & { headers: Record<string, string> } {
  return { status, headers: { 'content-type': contentType, 'x-amzn-requestid': randomUUID() }, body }
}
