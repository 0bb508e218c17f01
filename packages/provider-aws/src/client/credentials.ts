import { fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers'
import type { ConfigServiceClientConfig } from '@aws-sdk/client-config-service'
import { isPlainHttp } from './plain-http.ts'
import type { AwsAccount } from '../options.ts'

interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  readonly expiration?: Date
}
export type CredentialSource = () => Promise<Credentials>
export type RequestHandler = NonNullable<ConfigServiceClientConfig['requestHandler']>

const RENEW_BEFORE_MS = 5 * 60_000

/** Where the clients of one account get their credentials: the role where one is named, else the default chain. */
export function credentialsOf(
  account: AwsAccount,
  endpoint: string | undefined,
  handler: RequestHandler,
): CredentialSource {
  const own = ownCredentials(endpoint)
  if (!account.role_arn) return own
  const assumeRole = fromTemporaryCredentials({
    masterCredentials: own,
    params: {
      RoleArn: account.role_arn,
      RoleSessionName: 'cloud-artifact-extractor',
      ...(account.external_id && { ExternalId: account.external_id }),
    },
    clientConfig: {
      region: homeRegion(account),
      requestHandler: handler as never,
      ...(endpoint && { endpoint }),
    },
  })
  return shared(() => assumeRole())
}

// A simulator accepts any key, and must see none of ours.
function ownCredentials(endpoint: string | undefined): CredentialSource {
  if (!endpoint || !isPlainHttp(endpoint)) return fromNodeProviderChain()
  return async () => ({ accessKeyId: 'simulated', secretAccessKey: 'simulated' })
}

/** One session for all clients of the account, since each client's own memory would assume the role again. */
function shared(fetch: CredentialSource): CredentialSource {
  let current: Promise<Credentials> | undefined
  let renewAt = 0
  return async () => {
    if (current && Date.now() < renewAt) return current
    renewAt = Infinity
    current = fetch()
    try {
      const { expiration } = await current
      renewAt = expiration ? expiration.getTime() - RENEW_BEFORE_MS : Infinity
      return await current
    } catch (thrown) {
      renewAt = 0
      throw thrown
    }
  }
}

const HOME_REGIONS: readonly (readonly [prefix: RegExp, home: string])[] = [
  [/^(us-gov-|arn:aws-us-gov:)/, 'us-gov-west-1'],
  [/^(cn-|arn:aws-cn:)/, 'cn-north-1'],
  [/^(eusc-|arn:aws-eusc:)/, 'eusc-de-east-1'],
]

/** A region that is always enabled: STS is asked there, since in a disabled region it refuses too. */
export function homeRegion({ regions, role_arn }: Pick<AwsAccount, 'regions' | 'role_arn'>): string {
  const hint = regions?.[0] ?? role_arn ?? ''
  return HOME_REGIONS.find(([prefix]) => prefix.test(hint))?.[1] ?? 'us-east-1'
}
