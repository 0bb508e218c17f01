import { hashText, uuid } from '../estate/hash.ts'
import { parseJson, isObject, type Answer } from '../http.ts'
import { AzureError } from './error.ts'
import type { World } from '../world.ts'

const TOKEN_SECONDS = 3599

/** OAuth 2 client credentials at `POST /{tenant}/oauth2/v2.0/token`. Any secret will do. */
export function issueToken({ estate, now }: World, tenant: string, body: string): Answer {
  const form = new URLSearchParams(body)
  const grant = form.get('grant_type')
  const client = form.get('client_id')
  if (tenant !== estate.azureTenant) {
    return signInError(
      'invalid_request',
      90002,
      `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID.`,
    )
  }
  if (!grant || !client || !form.get('scope')) {
    const missing = !grant ? 'grant_type' : !client ? 'client_id' : 'scope'
    return signInError(
      'invalid_request',
      900144,
      `The request body must contain the following parameter: '${missing}'.`,
    )
  }
  if (grant !== 'client_credentials') {
    return signInError('unsupported_grant_type', 70003, `The app requested an unsupported grant type '${grant}'.`)
  }
  const claims = {
    aud: 'https://management.azure.com',
    appid: client,
    tid: tenant,
    exp: Math.floor(now() / 1000) + TOKEN_SECONDS,
  }
  const access_token = `${segment({ typ: 'JWT', alg: 'none' })}.${segment(claims)}.simulated`
  const answer = { token_type: 'Bearer', expires_in: TOKEN_SECONDS, ext_expires_in: TOKEN_SECONDS, access_token }
  return { status: 200, headers: JSON_HEADERS, body: JSON.stringify(answer) }
}

/**
 * Whose token it is: quotas are counted per principal. Tokens that the simulator did not give are taken as principals
 * of their own. Throws 401 where there is none, or it has expired.
 */
export function principalOf(authorization: string | undefined, now: number): string {
  const token = /^Bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1]
  if (!token) {
    throw new AzureError(401, 'AuthenticationFailed', "Authentication failed. The 'Authorization' header is missing.")
  }
  const claims = parseJson(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
  if (!isObject(claims)) return uuid(hashText(token))
  if (typeof claims['exp'] === 'number' && claims['exp'] * 1000 <= now) throw expiredToken(claims['exp'] * 1000, now)
  const principal = claims['appid'] ?? claims['oid']
  return typeof principal === 'string' ? principal : uuid(hashText(token))
}

export function expiredToken(expiry: number, now: number): AzureError {
  const times = `Token expiry time: '${new Date(expiry).toUTCString()}', current time: '${new Date(now).toUTCString()}'`
  return new AzureError(401, 'ExpiredAuthenticationToken', `The access token expiry UTC time is in the past. ${times}.`)
}

const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8' }

function segment(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function signInError(error: string, code: number, message: string): Answer {
  const body = { error, error_description: `AADSTS${code}: ${message}`, error_codes: [code] }
  return { status: 400, headers: JSON_HEADERS, body: JSON.stringify(body) }
}
