import { hashText } from '../estate/hash.ts'
import type { Estate } from '../estate/estate.ts'

/** Who calls, as the request's signature says. Signatures themselves are not checked. */
export interface Caller {
  readonly account: string
  readonly region: string
  /** The service that the signature is for, such as `config`. */
  readonly service: string
  readonly expired: boolean
}

export interface SessionCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly expiration: Date
}

const SCOPE = /Credential=([^/,\s]+)\/\d{8}\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request/
const SESSION_KEY = /^ASIA(\d{12})[A-Z0-9]{4}$/

/** Credentials of an assumed role; the access key id says which account they are for. */
export function sessionCredentials(account: string, role: string, expiration: Date): SessionCredentials {
  const mark = hashText(role).toString(36).toUpperCase().padStart(7, '0').slice(-4)
  return {
    accessKeyId: `ASIA${account}${mark}`,
    secretAccessKey: `simulated${hashText(account).toString(16).padStart(31, '0')}`,
    sessionToken: Buffer.from(JSON.stringify({ expires: expiration.getTime() })).toString('base64'),
    expiration,
  }
}

/** Null where the request is not signed. Keys that the simulator did not give belong to the management account. */
export function callerOf(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  estate: Estate,
  now: number,
): Caller | null {
  const match = SCOPE.exec(String(headers['authorization'] ?? ''))
  if (!match) return null
  const account = SESSION_KEY.exec(match[1]!)?.[1] ?? estate.awsAccounts[0]!
  return { account, region: match[2]!, service: match[3]!, expired: expiry(headers['x-amz-security-token']) <= now }
}

function expiry(token: string | string[] | undefined): number {
  try {
    const { expires } = JSON.parse(Buffer.from(String(token), 'base64').toString('utf8')) as { expires?: number }
    return expires ?? Infinity
  } catch {
    return Infinity
  }
}
