import { ExtractionError } from '@cae/core'
import { testContext } from '@cae/core/testing'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { checkCredentials } from '../src/check/check-credentials.ts'
import type { Call } from '../src/client/call.ts'
import { toError } from '../src/errors.ts'
import { accountOf } from './over-the-wire.ts'

const account = { ...accountOf('123456789012'), role_arn: 'arn:aws:iam::123456789012:role/reader' }
const refusing =
  (error: ExtractionError): Call =>
  async () => {
    throw error
  }

describe('credentials that do not get us into an account', () => {
  it('are asked for where the workers have none', async () => {
    const none = Object.assign(new Error('Could not load credentials from any providers'), {
      name: 'CredentialsProviderError',
    })
    const { status, advice } = await checkCredentials(refusing(toError(none)), account, testContext())
    expect(status).to.equal('missing')
    expect(advice).to.match(/^give the workers credentials: AWS_PROFILE, AWS_ACCESS_KEY_ID/)
  })

  it('need a role that trusts them where they are refused', async () => {
    const denied = new ExtractionError('ACCESS_DENIED', 'not you', { nativeCode: 'AccessDenied' })
    const { advice } = await checkCredentials(refusing(denied), account, testContext())
    expect(advice).to.match(/sts:AssumeRole on arn:aws:iam::123456789012:role\/reader/)
  })
})
