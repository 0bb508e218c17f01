import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startSimulator, type Simulator } from '@cae/cloud-simulator'
import { expect } from 'chai'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { authorityOf } from '../src/client/client.ts'
import { authority, CERTIFICATE, SECRET, TOKEN, type Authority } from './authority.ts'

const run = promisify(execFile)
const SIGN_IN = fileURLToPath(new URL('sign-in.ts', import.meta.url))

describe('the authority that signs in', () => {
  it('is that of the cloud whose endpoint it is', () => {
    const hosts = ['management.azure.com', 'management.chinacloudapi.cn', 'management.usgovcloudapi.net', '127.0.0.1']
    expect(hosts.map((host) => authorityOf(`https://${host}`))).to.deep.equal([
      undefined,
      'https://login.chinacloudapi.cn',
      'https://login.microsoftonline.us',
      undefined,
    ])
  })
})

describe("credentials of Azure's default chain, over https", () => {
  let simulator: Simulator
  let server: Authority
  before(async () => {
    simulator = await startSimulator({ estate: { seed: 2, resources: 300, azureSubscriptions: 1 } })
  })
  after(() => simulator.close())
  beforeEach(async () => {
    server = await authority(simulator.azureEndpoint)
  })
  afterEach(() => server.close())

  const signIn = async (environment: Record<string, string>) => {
    const args = [
      '--import',
      'tsx',
      '--conditions=@cae/source',
      SIGN_IN,
      server.url,
      ...simulator.estate.azureSubscriptions,
    ]
    const { PATH, HOME } = process.env
    const env = { PATH, HOME, NODE_EXTRA_CA_CERTS: CERTIFICATE, ...environment }
    return (await run(process.execPath, args, { env })).stdout.trim()
  }
  const principal = (secret: string) => ({
    AZURE_AUTHORITY_HOST: server.url,
    AZURE_TENANT_ID: 'adfs',
    AZURE_CLIENT_ID: 'a-client',
    AZURE_CLIENT_SECRET: secret,
  })

  it('sign in with what the environment names, once, and read everything with the token that they get', async () => {
    expect(await signIn(principal(SECRET))).to.equal(String(simulator.estate.count('azure')))
    expect(server.signIns).to.have.length(1)
    expect(Object.fromEntries(server.signIns[0]!)).to.include({
      grant_type: 'client_credentials',
      client_id: 'a-client',
      client_secret: SECRET,
      scope: `${server.url}/.default`,
    })
    expect(server.authorizations.length).to.be.greaterThan(2)
    expect(new Set(server.authorizations)).to.deep.equal(new Set([`Bearer ${TOKEN}`]))
  })

  it('that are refused in the middle of a run are tried again, and end neither the process nor as invalid', async () => {
    const slow = await startSimulator({ latencyMs: 150, estate: { seed: 2, resources: 300, azureSubscriptions: 1 } })
    await server.close()
    server = await authority(slow.azureEndpoint, { expiresIn: 1, isAway: (n) => n >= 4 })
    try {
      const said = await signIn(principal(SECRET))
      expect(said).to.contain('"CREDENTIALS_EXPIRED"').and.not.contain('CREDENTIALS_INVALID')
    } finally {
      await slow.close()
    }
  })

  it('that are refused end the plan as that, before anything is asked of Azure, and show no secret', async () => {
    const said = await signIn(principal('a wrong one'))
    expect(said)
      .to.match(/^CREDENTIALS_INVALID Azure: .*MSIS9616/s)
      .and.not.contain('a wrong one')
    expect(server.authorizations).to.deep.equal([])
  })

  it('that are not there are told as that', async () => {
    expect(await signIn({ AZURE_TOKEN_CREDENTIALS: 'EnvironmentCredential' })).to.match(
      /^CREDENTIALS_UNAVAILABLE Azure: /,
    )
    expect([...server.signIns, ...server.authorizations]).to.deep.equal([])
  })
})
