import type { ConfigService } from '@aws-sdk/client-config-service'
import { ExtractionError, overBlips, type Context } from '@cae/core'
import { identityOf, type Clients, type Place, type Service, type ServiceClients } from './client.ts'
import { homeRegion } from './credentials.ts'
import { toError, UNRECOGNIZED } from '../errors.ts'

interface SendOptions {
  readonly abortSignal: AbortSignal
}

/** An operation of AWS Config by its bare name, or `service:Operation` as IAM spells it. Limits count calls by it. */
export type Operation = Capitalize<Extract<keyof ConfigService, string>> | `${Service}:${string}`

type ServiceOf<O extends string> = O extends `${infer S extends Service}:${string}` ? S : 'config'

/**
 * Sends one request to a service under the limiter. Rejects with an `ExtractionError`, or with the signal's reason
 * once that is aborted.
 */
export type Call = <O extends Operation, T>(
  operation: O,
  place: Place,
  context: Context,
  send: (client: ServiceClients[ServiceOf<O>], options: SendOptions) => Promise<T>,
) => Promise<T>

export function awsCall(clients: Clients): Call {
  const isEnabled = identityCheck(clients)
  return async (operation, place, context, send) => {
    const service = serviceOf(operation)
    try {
      return await limited(operation, place, context, async (options) =>
        send(await clients.get(service, place), options),
      )
    } catch (thrown) {
      if (!(thrown instanceof ExtractionError)) throw thrown
      if (thrown.code === 'CREDENTIALS_EXPIRED') clients.forget(place.account)
      throw (await isRegionDisabled(thrown, place, context, isEnabled)) ? regionDisabled(place, thrown) : thrown
    }
  }
}

function serviceOf<O extends Operation>(operation: O): ServiceOf<O> {
  const colon = operation.indexOf(':')
  return (colon === -1 ? 'config' : operation.slice(0, colon)) as ServiceOf<O>
}

async function limited<T>(
  operation: string,
  { account, region }: Place,
  context: Context,
  send: (options: SendOptions) => Promise<T>,
): Promise<T> {
  const { signal, limiter } = context
  signal.throwIfAborted()
  const attempt = async () => {
    try {
      return await send({ abortSignal: signal })
    } catch (thrown) {
      signal.throwIfAborted()
      throw toError(thrown)
    }
  }
  const scope = { provider: 'aws', operation, account: account.account_id, region } as const
  return overBlips(() => limiter.run(scope, attempt, signal), context)
}

type IdentityCheck = (place: Place, context: Context) => Promise<boolean>

// An account whose credentials STS accepts is refused in a region only because the region is off.
async function isRegionDisabled(error: ExtractionError, place: Place, context: Context, holds: IdentityCheck) {
  return UNRECOGNIZED.has(error.nativeCode ?? '') && (await holds(place, context))
}

function regionDisabled({ account, region }: Place, cause: ExtractionError): ExtractionError {
  const message = `AWS: account ${account.account_id} has not enabled ${region}`
  return new ExtractionError('REGION_DISABLED', message, { cause, nativeCode: cause.nativeCode ?? cause.code })
}

const KNOWN_MS = 5 * 60_000

/** Whether STS accepts the account's credentials; a yes is remembered, since a run may meet many disabled regions. */
function identityCheck(clients: Clients): IdentityCheck {
  const acceptedUntil = new Map<string, number>()
  return async (place, context) => {
    const { account } = place
    const identity = identityOf(account)
    if (context.clock.now() < (acceptedUntil.get(identity) ?? 0)) return true
    const { GetCallerIdentityCommand } = await import('@aws-sdk/client-sts')
    const sts = await clients.get('sts', { account, region: homeRegion(account) })
    try {
      await limited('sts:GetCallerIdentity', place, context, (options) =>
        sts.send(new GetCallerIdentityCommand({}), options),
      )
    } catch (thrown) {
      if (thrown instanceof ExtractionError && thrown.code === 'CREDENTIALS_INVALID') return false
      throw thrown
    }
    acceptedUntil.set(identity, context.clock.now() + KNOWN_MS)
    return true
  }
}
