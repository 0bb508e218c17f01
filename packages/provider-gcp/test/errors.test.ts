import { ERRORS, ExtractionError, type ErrorCode } from '@cae/core'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { CODES, isAboutTypes, isRefused, REASONS, toError } from '../src/errors.ts'

const thrown = (more: object, message = 'what happened', name = 'Error') =>
  Object.assign(new Error(message), { name }, more)

describe('GCP errors', () => {
  it('have a code of the table each', () => {
    for (const code of [...Object.values(CODES), ...Object.values(REASONS)]) expect(ERRORS).to.have.property(code)
  })

  // As the channel gives what came instead of a token; its code is that of HTTP.
  const unsigned = (code: number, message: string) =>
    thrown({ code }, `${code} undefined: Getting metadata from plugin failed with error: ${message}`)

  const cases: [string, Error, string][] = [
    ['a denied call', thrown({ code: 7 }), 'ACCESS_DENIED'],
    ['a disabled API', thrown({ code: 7, reason: 'SERVICE_DISABLED' }), 'NOT_ENABLED'],
    ['an expired access token', thrown({ code: 16, reason: 'ACCESS_TOKEN_EXPIRED' }), 'CREDENTIALS_EXPIRED'],
    ['a spent quota', thrown({ code: 8 }), 'THROTTLED'],
    ['a spent quota by its reason', thrown({ code: 7, reason: 'RATE_LIMIT_EXCEEDED' }), 'THROTTLED'],
    ['an unknown project', thrown({ code: 5 }), 'SCOPE_NOT_FOUND'],
    ['an invalid project', thrown({ code: 7, reason: 'CONSUMER_INVALID' }), 'SCOPE_NOT_FOUND'],
    ['a rejected request', thrown({ code: 3 }), 'REQUEST_INVALID'],
    ['a passed deadline', thrown({ code: 4 }), 'TIMEOUT'],
    ['a broken connection', thrown({ code: 14 }), 'UNAVAILABLE'],
    ['missing credentials', thrown({}, 'Could not load the default credentials.'), 'CREDENTIALS_UNAVAILABLE'],
    ['refused credentials', thrown({}, 'invalid_grant'), 'CREDENTIALS_INVALID'],
    ['a token that is refused with 400', unsigned(400, 'Error code invalid_request'), 'CREDENTIALS_INVALID'],
    ['a token that is refused with 401', unsigned(401, 'Error code unauthorized_client'), 'CREDENTIALS_INVALID'],
    ['a token that is refused with 403', unsigned(403, 'A Forbidden error was returned'), 'CREDENTIALS_INVALID'],
    ['a token of nobody', unsigned(404, 'A Not Found error was returned'), 'CREDENTIALS_INVALID'],
    [
      'an identity that may not take on another',
      unsigned(403, 'PERMISSION_DENIED: unable to impersonate: denied'),
      'CREDENTIALS_INVALID',
    ],
    ['a throttle of tokens', unsigned(429, 'Request failed'), 'CREDENTIALS_UNAVAILABLE'],
    ['a broken giver of tokens', unsigned(500, 'Request failed'), 'CREDENTIALS_UNAVAILABLE'],
    ['a giver of tokens that is away', unsigned(503, 'Request failed'), 'CREDENTIALS_UNAVAILABLE'],
    ['a number that no table has', thrown({ code: 403 }), 'INTERNAL'],
    ['bytes that are no message', thrown({}, 'index out of range', 'RangeError'), 'RESPONSE_INVALID'],
    ['a bug', thrown({}, 'x is not a function', 'TypeError'), 'INTERNAL'],
  ]
  for (const [what, error, code] of cases) {
    it(`${what} is ${code}`, () => {
      expect(toError(error)).to.be.instanceOf(ExtractionError).and.include({ code })
    })
  }

  it('are refusals where the next call will not change them', () => {
    const refused = Object.keys(ERRORS).filter((code) => isRefused(new ExtractionError(code as ErrorCode, 'no')))
    expect(refused).to.have.members(['REQUEST_INVALID', 'ACCESS_DENIED', 'NOT_ENABLED', 'SCOPE_NOT_FOUND'])
  })

  it('are about types in whatever words Google has for that', () => {
    const about = (message: string) => isAboutTypes(toError(thrown({ code: 3 }, message)))
    for (const words of [
      'No supported asset type matches: dataform.googleapis.com/.*',
      'Unsupported asset type: x.googleapis.com/Y',
      'No IAM_POLICY found that matches asset type x',
    ])
      expect(about(words), words).to.equal(true)
    expect(about('Invalid page token.')).to.equal(false)
  })

  it('tell when to try again where Google does', () => {
    const statusDetails = [{ reason: 'x' }, { retryDelay: { seconds: '2', nanos: 500_000_000 } }]
    expect(toError(thrown({ code: 8, statusDetails }))).to.include({ retryAfter: 2500 })
  })
})
