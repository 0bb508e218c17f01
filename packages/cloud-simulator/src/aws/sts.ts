import { randomUUID } from 'node:crypto'
import { callerOf, sessionCredentials, type Caller } from './identity.ts'
import { AwsError } from './error.ts'
import { endingOf, silenceOf, type Answer, type Silence } from '../http.ts'
import type { World } from '../world.ts'

type Headers = Readonly<Record<string, string | string[] | undefined>>

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/'

/** Security Token Service, query protocol: a form in, XML out. */
export async function answerSts(world: World, headers: Headers, body: string): Promise<Answer | Silence> {
  const form = new URLSearchParams(body)
  const operation = form.get('Action') ?? 'Unknown'
  const caller = callerOf(headers, world.estate, world.now())
  const account = accountOf(form.get('RoleArn')) ?? caller?.account
  const scopes = account ? [account] : []
  const strike = world.faults.strike({ provider: 'aws', operation, scopes, page: 1, namedOnly: true })
  await world.sleep(world.latencyMs + (strike?.delayMs ?? 0))
  const silence = silenceOf(strike)
  if (silence) {
    world.requests.count('aws', operation, 'failed')
    return silence
  }
  const answer = attempt(() => {
    if (strike?.hits('throttle')) throw new AwsError('Throttling', 'Rate exceeded')
    if (strike?.hits('server_error')) throw new AwsError('InternalFailure', 'An internal error occurred', 500)
    if (strike?.hits('denied')) throw notAuthorized(world, form)
    if (!caller) throw new AwsError('MissingAuthenticationToken', 'Request is missing Authentication Token', 403)
    if (strike?.hits('expired_token') || caller.expired) {
      throw new AwsError('ExpiredToken', 'The security token included in the request is expired', 403)
    }
    return execute(world, operation, caller, form)
  })
  world.requests.count(
    'aws',
    operation,
    endingOf(answer, (text) => text.includes('<Code>Throttling</Code>')),
  )
  return answer
}

function execute(world: World, operation: string, caller: Caller, form: URLSearchParams): Answer {
  if (operation === 'GetCallerIdentity') return callerIdentity(caller)
  if (operation === 'AssumeRole') return assumeRole(world, form)
  throw new AwsError('InvalidAction', `Could not find operation ${operation} for version 2011-06-15`)
}

function callerIdentity({ account }: Caller): Answer {
  return xml(
    200,
    `<GetCallerIdentityResponse xmlns="${NAMESPACE}"><GetCallerIdentityResult><Arn>arn:aws:iam::${account}:user/simulated</Arn><UserId>AIDASIMULATED0000000</UserId><Account>${account}</Account></GetCallerIdentityResult>${metadata()}</GetCallerIdentityResponse>`,
  )
}

const MIN_SESSION_SECONDS = 900
const MAX_SESSION_SECONDS = 43_200

function assumeRole(world: World, form: URLSearchParams): Answer {
  const roleArn = form.get('RoleArn') ?? ''
  const session = form.get('RoleSessionName') ?? ''
  const seconds = Number(form.get('DurationSeconds') ?? 3600)
  const account = accountOf(roleArn)
  if (!account) throw new AwsError('ValidationError', `${roleArn} is invalid`)
  if (!/^[\w+=,.@-]{2,64}$/.test(session)) {
    throw new AwsError('ValidationError', "Value at 'roleSessionName' failed to satisfy constraint")
  }
  if (!(seconds >= MIN_SESSION_SECONDS && seconds <= MAX_SESSION_SECONDS)) {
    throw new AwsError(
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    )
  }
  const { externalId, sessionMs = seconds * 1000 } = world.awsRoles
  const isTrusted = externalId === undefined || form.get('ExternalId') === externalId
  if (!isTrusted || !world.estate.awsAccounts.includes(account)) throw notAuthorized(world, form)
  const credentials = sessionCredentials(account, roleArn, new Date(world.now() + sessionMs))
  const role = roleArn.split('/').at(-1)!
  return xml(
    200,
    `<AssumeRoleResponse xmlns="${NAMESPACE}"><AssumeRoleResult><AssumedRoleUser><AssumedRoleId>AROASIMULATED0000000:${session}</AssumedRoleId><Arn>arn:aws:sts::${account}:assumed-role/${role}/${session}</Arn></AssumedRoleUser><Credentials><AccessKeyId>${credentials.accessKeyId}</AccessKeyId><SecretAccessKey>${credentials.secretAccessKey}</SecretAccessKey><SessionToken>${credentials.sessionToken}</SessionToken><Expiration>${credentials.expiration.toISOString()}</Expiration></Credentials></AssumeRoleResult>${metadata()}</AssumeRoleResponse>`,
  )
}

function accountOf(roleArn: string | null): string | undefined {
  return /^arn:aws[\w-]*:iam::(\d{12}):role\/[\w+=,.@/-]+$/.exec(roleArn ?? '')?.[1]
}

function notAuthorized({ estate }: World, form: URLSearchParams): AwsError {
  const user = `arn:aws:iam::${estate.awsAccounts[0]}:user/simulated`
  const resource = escapeXml(form.get('RoleArn') ?? '*')
  const message = `User: ${user} is not authorized to perform: sts:${form.get('Action')} on resource: ${resource}`
  return new AwsError('AccessDenied', message, 403)
}

function attempt(run: () => Answer): Answer {
  try {
    return run()
  } catch (thrown) {
    if (!(thrown instanceof AwsError)) throw thrown
    const side = thrown.status < 500 ? 'Sender' : 'Receiver'
    return xml(
      thrown.status,
      `<ErrorResponse xmlns="${NAMESPACE}"><Error><Type>${side}</Type><Code>${thrown.code}</Code><Message>${escapeXml(thrown.message)}</Message></Error><RequestId>${randomUUID()}</RequestId></ErrorResponse>`,
    )
  }
}

function metadata(): string {
  return `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function xml(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'text/xml' }, body }
}
