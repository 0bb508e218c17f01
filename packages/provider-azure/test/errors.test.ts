import { ERRORS, ExtractionError } from '@cae/core'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { CODES, toError } from '../src/errors.ts'
import { bucketKql, countKql, pageKql } from '../src/kql.ts'
import { quotaOf, retryAfterOf } from '../src/client/quota.ts'

const thrown = (more: object, name = 'RestError') => Object.assign(new Error('what happened'), { name }, more)
const answered = (statusCode: number, code: string, ...details: string[]) =>
  thrown({
    statusCode,
    code,
    details: { error: { code, message: code, details: details.map((one) => ({ code: one })) } },
  })

describe('Azure errors', () => {
  it('have a code of the table each', () => {
    for (const code of Object.values(CODES)) expect(ERRORS).to.have.property(code)
  })

  it('are one line, and of a chain of credentials name the identities that were looked for', () => {
    const chain = [
      'ChainedTokenCredential authentication failed.',
      'CredentialUnavailableError: EnvironmentCredential is unavailable. No underlying credential could be used.',
      'CredentialUnavailableError: ManagedIdentityCredential: Network unreachable.',
      "CredentialUnavailableError: Please run 'az login' from a command prompt to authenticate.",
    ]
    const of = (lines: readonly string[], name = 'AggregateAuthenticationError') =>
      toError(Object.assign(new Error(lines.join('\n')), { name })).message
    expect(of(chain)).to.equal('Azure: no identity found: tried environment, managed identity, Azure CLI')
    expect(
      of([...chain, 'AzureCliCredential: AADSTS700082: The refresh token has expired.\r', 'Trace ID: 1']),
    ).to.match(/tried environment, managed identity, Azure CLI; AADSTS700082: The refresh token has expired\.$/)
    const refused = ['invalid_client: 401 - AADSTS7000215: Invalid client secret.\r', 'Trace ID: 1']
    expect(of(refused, 'AuthenticationError')).to.equal(
      'Azure: invalid_client: 401 - AADSTS7000215: Invalid client secret. Trace ID: 1',
    )
  })

  const cases: [string, Error, string][] = [
    ['a throttle', answered(429, 'RateLimiting', 'RateLimiting'), 'THROTTLED'],
    ['a denied call', answered(403, 'AuthorizationFailed'), 'ACCESS_DENIED'],
    ['an expired token', answered(401, 'ExpiredAuthenticationToken'), 'CREDENTIALS_EXPIRED'],
    ['an invalid token', answered(401, 'InvalidAuthenticationToken'), 'CREDENTIALS_INVALID'],
    ['missing credentials', thrown({}, 'CredentialUnavailableError'), 'CREDENTIALS_UNAVAILABLE'],
    ['a sign-in that nobody answers', thrown({ statusCode: 503 }, 'AuthenticationError'), 'CREDENTIALS_UNAVAILABLE'],
    ['a detail behind a bad request', answered(400, 'BadRequest', 'ResponsePayloadTooLarge'), 'RESULT_TRUNCATED'],
    ['a query that does not parse', answered(400, 'InvalidQuery', 'ParserFailure'), 'REQUEST_INVALID'],
    ['an unknown subscription', answered(404, 'SubscriptionNotFound'), 'SCOPE_NOT_FOUND'],
    ['a table that is not there', answered(400, 'BadRequest', 'DisallowedLogicalTableName'), 'NOT_ENABLED'],
    [
      'a table that is not there, after what that makes of the query',
      answered(400, 'BadRequest', 'InvalidQuery', 'DisallowedLogicalTableName'),
      'NOT_ENABLED',
    ],
    ['an unregistered provider', answered(409, 'MissingSubscriptionRegistration'), 'NOT_ENABLED'],
    ['a broken connection', thrown({ code: 'ECONNRESET' }), 'UNAVAILABLE'],
    ['the timer of the SDK', thrown({}, 'AbortError'), 'TIMEOUT'],
    ['an unknown 5xx', answered(502, 'Odd'), 'UNAVAILABLE'],
    ['an unknown 429', answered(429, 'Odd'), 'THROTTLED'],
    ['an unknown 403', answered(403, 'Odd'), 'ACCESS_DENIED'],
    ['a body that is no JSON', thrown({ code: 'PARSE_ERROR', statusCode: 200 }), 'RESPONSE_INVALID'],
    ['a bug', thrown({}, 'TypeError'), 'INTERNAL'],
  ]
  for (const [what, error, code] of cases) {
    it(`${what} is ${code}`, () => {
      expect(toError(error)).to.be.instanceOf(ExtractionError).and.include({ code })
    })
  }

  it('say what was wrong before what support wants to know', () => {
    const detail = { code: 'DisallowedLogicalTableName', message: 'Table x is invalid.' }
    const body = { code: 'BadRequest', message: 'Please provide below info.', details: [detail, { code: 'Odd' }] }
    const { message } = toError(thrown({ statusCode: 400, details: { error: body } }))
    expect(message).to.equal('Azure: Table x is invalid. Please provide below info.')
    expect(toError(thrown({ statusCode: 500 })).message).to.equal('Azure: what happened')
  })
})

describe("Azure's quota headers", () => {
  const headers = (values: Record<string, string>) => ({ get: (name: string) => values[name] })

  it('are read as requests left and milliseconds', () => {
    const answer = headers({ 'x-ms-user-quota-remaining': '3', 'x-ms-user-quota-resets-after': '00:01:05' })
    expect(quotaOf(answer)).to.deep.equal({ remaining: 3, resetsAfter: 65_000 })
  })

  it('say nothing where they are missing or odd', () => {
    expect(quotaOf(headers({}))).to.equal(undefined)
    expect(quotaOf(headers({ 'x-ms-user-quota-remaining': '3' }))).to.equal(undefined)
    expect(quotaOf(headers({ 'x-ms-user-quota-remaining': 'x', 'x-ms-user-quota-resets-after': 'soon' }))).to.equal(
      undefined,
    )
  })

  it('tell when to try again, Retry-After first', () => {
    const reset = { 'x-ms-user-quota-resets-after': '00:00:04' }
    expect(retryAfterOf(headers(reset))).to.equal(4000)
    expect(retryAfterOf(headers({ ...reset, 'retry-after': '2' }))).to.equal(2000)
    expect(retryAfterOf(headers({}))).to.equal(undefined)
  })
})

describe('Azure queries', () => {
  it('name their columns and sort by id', () => {
    expect(pageKql({ table: 'resourcecontainers' }, { modulus: 1, rest: 0 })).to.match(
      /^resourcecontainers \| where isnotempty\(subscriptionId\) \| project id, name, .* \| order by id asc$/,
    )
  })

  it('take all columns of tables whose columns nobody has written down', () => {
    expect(pageKql({ table: 'kustoresources' }, { modulus: 1, rest: 0 })).to.equal(
      'kustoresources | where isnotempty(subscriptionId) | order by id asc',
    )
  })

  it('take a partition by the hash of the id', () => {
    expect(pageKql({ table: 'resources' }, { modulus: 40, rest: 23 })).to.include(
      'resources | where isnotempty(subscriptionId) | where hash(tolower(id)) % 40 == 23 | project',
    )
    expect(bucketKql({ table: 'resources' }, 8)).to.equal(
      'resources | where isnotempty(subscriptionId) | summarize rows = count() by bucket = hash(tolower(id)) % 8',
    )
  })

  it('narrow by namespace, type and location, and let no quote out of its text', () => {
    const rows = {
      types: ['microsoft.sql/', 'microsoft.web/sites'],
      locations: ["east'us"],
    } as const
    expect(countKql(['resources'], rows)).to.equal(
      "resources | where type startswith 'microsoft.sql/' or type in~ ('microsoft.web/sites') | where location in~ ('east\\'us', 'global', '') or location contains ' ' | summarize rows = count() by subscriptionId | extend source = 'resources'",
    )
  })

  it('count several tables at once, each with the same conditions', () => {
    const counted =
      "| where type startswith 'microsoft.sql/' | summarize rows = count() by subscriptionId | extend source ="
    expect(countKql(['resources', 'policyresources'], { types: ['microsoft.sql/'] })).to.equal(
      `resources ${counted} 'resources' | union (policyresources ${counted} 'policyresources')`,
    )
  })

  it('ask for what belongs to no subscription, and for nothing else', () => {
    expect(countKql(['policyresources'], { above: true })).to.include('| where isempty(subscriptionId) |')
    expect(pageKql({ table: 'policyresources', above: true }, { modulus: 1, rest: 0 })).to.equal(
      'policyresources | where isempty(subscriptionId) | order by id asc',
    )
  })
})
