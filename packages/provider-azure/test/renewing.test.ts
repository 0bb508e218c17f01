import type { AccessToken, TokenCredential } from '@azure/identity'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { renewing } from '../src/client/renewing.ts'

const HOUR_MS = 3_600_000
const refused = () => Object.assign(new Error('no'), { name: 'AuthenticationError' })

/** Answers sign-ins in turn, the last of them again and again: for how long a token holds, or an error. */
function scripted(...answers: readonly (number | Error)[]) {
  let signIns = 0
  const getToken = async (): Promise<AccessToken> => {
    const answer = answers[Math.min(signIns++, answers.length - 1)]!
    if (answer instanceof Error) throw answer
    return { token: `token ${signIns}`, expiresOnTimestamp: Date.now() + answer }
  }
  const credential: TokenCredential = renewing({ getToken })
  const ask = (options?: { claims: string }) =>
    credential.getToken('scope', options).then(
      (token) => token?.token,
      (thrown: { code?: string; name: string }) => thrown.code ?? thrown.name,
    )
  return { credential, ask, signIns: () => signIns }
}

describe('a token', () => {
  it('is kept while it holds', async () => {
    const { ask, signIns } = scripted(HOUR_MS)
    expect([await ask(), await ask(), signIns()]).to.deep.equal(['token 1', 'token 1', 1])
  })

  it('is renewed shortly before it ends, and kept where that fails', async () => {
    const { ask } = scripted(60_000, refused(), 60_000)
    expect([await ask(), await ask(), await ask()]).to.deep.equal(['token 1', 'token 1', 'token 3'])
  })

  it('that has ended and has no successor has expired; what never signed in is as it says', async () => {
    const { ask } = scripted(-1, refused(), HOUR_MS)
    expect([await ask(), await ask(), await ask()]).to.deep.equal(['token 1', 'CREDENTIALS_EXPIRED', 'token 3'])
    expect(await scripted(refused()).ask()).to.equal('AuthenticationError')
  })

  it('that Azure refuses with claims is not given again', async () => {
    const { ask } = scripted(HOUR_MS)
    expect([await ask(), await ask({ claims: 'xms_cc' })]).to.deep.equal(['token 1', 'token 2'])
  })

  it('never looks to the SDK as if it could be renewed behind its back', async () => {
    const token = await scripted(HOUR_MS).credential.getToken('scope')
    expect(token!.expiresOnTimestamp).to.be.at.most(Date.now())
  })
})
