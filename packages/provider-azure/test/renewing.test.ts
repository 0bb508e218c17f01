import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/identity'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { renewing } from '../src/client/renewing.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
const refused = () => Object.assign(new Error('no'), { name: 'AuthenticationError' })

/**
 * Answers sign-ins in turn, the last of them again and again: for how long a token holds, an error, or never. Time stands
 * still but for `pass`.
 */
function scripted(answers: readonly (number | Error | 'never')[], signInMs = MINUTE_MS) {
  let signIns = 0
  let time = Date.now()
  const getToken = async (): Promise<AccessToken> => {
    const answer = answers[Math.min(signIns++, answers.length - 1)]!
    if (answer === 'never') return new Promise(() => {})
    if (answer instanceof Error) throw answer
    return { token: `token ${signIns}`, expiresOnTimestamp: time + answer }
  }
  const credential: TokenCredential = renewing({ getToken }, { now: () => time, signInMs })
  const ask = (options?: GetTokenOptions) =>
    credential.getToken('scope', options).then(
      (token) => token?.token,
      (thrown: { code?: string; name: string }) => thrown.code ?? thrown.name,
    )
  const pass = async (milliseconds: number) => {
    time += milliseconds
    await new Promise(setImmediate)
  }
  return { credential, ask, pass, signIns: () => signIns }
}

describe('a token', () => {
  it('is kept while it holds', async () => {
    const { ask, signIns } = scripted([HOUR_MS])
    expect([await ask(), await ask(), signIns()]).to.deep.equal(['token 1', 'token 1', 1])
  })

  it('is renewed shortly before it ends, once and beside the requests', async () => {
    const { ask, pass, signIns } = scripted([HOUR_MS])
    await ask()
    await pass(HOUR_MS - MINUTE_MS)
    expect(await Promise.all([ask(), ask()])).to.deep.equal(['token 1', 'token 1'])
    expect([await ask(), signIns()]).to.deep.equal(['token 2', 2])
  })

  it('is kept where that fails, and renewed a few seconds later', async () => {
    const { ask, pass, signIns } = scripted([MINUTE_MS, refused(), HOUR_MS])
    await ask()
    for (let n = 0; n < 10; n++) {
      expect(await ask()).to.equal('token 1')
      await pass(100)
    }
    expect(signIns()).to.equal(2)
    await pass(5000)
    await ask()
    await pass(0)
    expect([await ask(), signIns()]).to.deep.equal(['token 3', 3])
  })

  it('that holds is not kept back by an authority that does not answer', async () => {
    const { ask, signIns } = scripted([MINUTE_MS, 'never'])
    expect([await ask(), await ask(), await ask(), signIns()]).to.deep.equal(['token 1', 'token 1', 'token 1', 2])
  })

  it('that never comes is waited for as long as the request may take, and asked for anew by a later one', async () => {
    const { ask, signIns } = scripted(['never', HOUR_MS], 40)
    const asked = ask()
    expect(await ask({ abortSignal: AbortSignal.timeout(5) })).to.equal('TIMEOUT')
    expect(await ask({ abortSignal: AbortSignal.abort() })).to.equal('TIMEOUT')
    expect([await asked, signIns()]).to.deep.equal(['TIMEOUT', 1])
    expect(await ask()).to.equal('token 2')
  })

  it('that has ended and has no successor has expired; what never signed in is as it says', async () => {
    const { ask } = scripted([-1, refused(), HOUR_MS])
    expect([await ask(), await ask(), await ask()]).to.deep.equal(['token 1', 'CREDENTIALS_EXPIRED', 'token 3'])
    expect(await scripted([refused()]).ask()).to.equal('AuthenticationError')
  })

  it('that Azure refuses with claims is not given again', async () => {
    const { ask } = scripted([HOUR_MS])
    expect([await ask(), await ask({ claims: 'xms_cc' })]).to.deep.equal(['token 1', 'token 2'])
  })

  it('never looks to the SDK as if it could be renewed behind its back', async () => {
    const token = await scripted([HOUR_MS]).credential.getToken('scope')
    expect(token!.expiresOnTimestamp).to.be.at.most(Date.now())
  })
})
