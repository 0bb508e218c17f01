import { ERRORS, ExtractionError } from '@cae/core'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { CODES, toError } from '../src/errors.ts'

const thrown = (name: string, more: object = {}) => Object.assign(new Error('what happened'), { name }, more)

describe('AWS errors', () => {
  it('have a code of the table each', () => {
    for (const code of Object.values(CODES)) expect(ERRORS).to.have.property(code)
  })

  const cases: [string, Error, string][] = [
    ['a denied call', thrown('AccessDeniedException'), 'ACCESS_DENIED'],
    ['a role that may not be assumed', thrown('AccessDenied'), 'ACCESS_DENIED'],
    ['a throttle', thrown('ThrottlingException', { $metadata: { httpStatusCode: 400 } }), 'THROTTLED'],
    ['an expired session', thrown('ExpiredTokenException'), 'CREDENTIALS_EXPIRED'],
    ['missing credentials', thrown('CredentialsProviderError'), 'CREDENTIALS_UNAVAILABLE'],
    ['an expired token', thrown('InvalidNextTokenException'), 'CURSOR_EXPIRED'],
    ['a rejected expression', thrown('InvalidExpressionException'), 'REQUEST_INVALID'],
    ['a missing recorder', thrown('NoSuchConfigurationRecorderException'), 'NOT_ENABLED'],
    ['a region that needs opting in', thrown('OptInRequired'), 'REGION_DISABLED'],
    ['a broken connection', thrown('Error', { code: 'ECONNRESET' }), 'UNAVAILABLE'],
    ['a timeout', thrown('TimeoutError', { code: 'ETIMEDOUT' }), 'TIMEOUT'],
    ['an unknown 5xx', thrown('Odd', { $metadata: { httpStatusCode: 503 } }), 'UNAVAILABLE'],
    ['an unknown 429', thrown('Odd', { $metadata: { httpStatusCode: 429 } }), 'THROTTLED'],
    ['an unknown 403', thrown('Odd', { $metadata: { httpStatusCode: 403 } }), 'ACCESS_DENIED'],
    ['an unknown 400', thrown('Odd', { $metadata: { httpStatusCode: 400 } }), 'REQUEST_INVALID'],
    ['a body that is no JSON', thrown('SyntaxError', { $metadata: { httpStatusCode: 200 } }), 'RESPONSE_INVALID'],
    ['a bug', thrown('TypeError'), 'INTERNAL'],
    ['a name that objects have', thrown('constructor'), 'INTERNAL'],
  ]
  for (const [what, error, code] of cases) {
    it(`${what} is ${code}`, () => {
      expect(toError(error)).to.be.instanceOf(ExtractionError).and.include({ code })
    })
  }

  it('keep the cause, the native code and the time to wait', () => {
    const cause = thrown('ThrottlingException', { $response: { headers: { 'retry-after': '3' } } })
    expect(toError(cause)).to.include({ cause, nativeCode: 'ThrottlingException', retryAfter: 3000 })
  })
})
