import { startSimulator, type Simulator, type SimulatorOptions } from '@cae/cloud-simulator'
import { toTask } from '@cae/core'
import { testContext } from '@cae/core/testing'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { setTimeout } from 'node:timers/promises'
import { clientCache } from '../src/client/client.ts'
import { homeRegion } from '../src/client/credentials.ts'
import { awsProvider } from '../src/index.ts'
import { failure } from './over-the-wire.ts'

const asOf = new Date().toISOString()

describe('AWS credentials', () => {
  let simulator: Simulator
  beforeEach(() => start({}))
  afterEach(() => simulator.close())

  const start = async (awsRoles: SimulatorOptions['awsRoles'] & object) => {
    const estate = { seed: 4, resources: 200, awsAccounts: 2, awsRegions: 2 }
    simulator = await startSimulator({ estate, awsRoles: { externalId: 'agreed', ...awsRoles } })
  }
  const restart = async (awsRoles: SimulatorOptions['awsRoles'] & object) => {
    await simulator.close()
    await start(awsRoles)
  }
  const provider = (external_id: string | undefined = 'agreed') =>
    awsProvider({
      endpoint: simulator.awsEndpoint,
      accounts: simulator.estate.awsAccounts.map((account_id) => ({
        account_id,
        regions: [...simulator.estate.awsRegions],
        role_arn: `arn:aws:iam::${account_id}:role/inventory`,
        ...(external_id && { external_id }),
      })),
    })
  const readFirstPages = async (one: ReturnType<typeof provider>) => {
    const context = testContext()
    const { slices } = await one.plan({ asOf }, context)
    const pages = slices.map(async (slice) => (await one.open(toTask('run1', 'aws', asOf, slice), context)).read(null))
    return Promise.all(pages)
  }
  const assumed = () => simulator.requests().aws['AssumeRole']?.total ?? 0

  it('assume the role of an account once for all its regions, also when these begin at once', async () => {
    const one = provider()
    await readFirstPages(one)
    await readFirstPages(one)
    expect(assumed()).to.equal(2)
  })

  it('are those of the role that is named for what is read, where an account has two', async () => {
    const [account_id] = simulator.estate.awsAccounts
    const clients = clientCache({ endpoint: simulator.awsEndpoint, accounts: [] })
    const keyOf = async (role: string) => {
      const account = {
        account_id: account_id!,
        role_arn: `arn:aws:iam::${account_id}:role/${role}`,
        external_id: 'agreed',
      }
      const { config } = await clients.get('sts', { account, region: 'us-east-1' })
      return (await config.credentials()).accessKeyId
    }
    const [listing, reading] = [await keyOf('list-accounts'), await keyOf('inventory')]
    expect(listing).to.not.equal(reading)
    expect(await keyOf('list-accounts')).to.equal(listing)
    expect(assumed()).to.equal(2)
  })

  for (const [what, id] of [
    ['another external id', 'guessed'],
    ['none', ''],
  ] as const) {
    it(`are refused with ${what} than the one that the role asks for`, async () => {
      const error = await failure(readFirstPages(provider(id)))
      expect(error).to.include({ code: 'ACCESS_DENIED' })
      expect(error.message).to.include('sts:AssumeRole')
    })
  }

  const minutes = 60_000
  const failed = () => Object.values(simulator.requests().aws).reduce((sum, one) => sum + one.failed, 0)

  it('are renewed where a session has less than five minutes left, and kept where it has more', async () => {
    for (const [sessionMs, sessions] of [
      [4.9 * minutes, 'more'],
      [5.5 * minutes, 'no more'],
    ] as const) {
      await restart({ sessionMs })
      const one = provider()
      await readFirstPages(one)
      const before = assumed()
      await readFirstPages(one)
      expect(assumed() > before ? 'more' : 'no more', `${sessionMs} ms`).to.equal(sessions)
      expect(failed()).to.equal(0)
    }
  })

  it('are never those of a session that has ended', async () => {
    await restart({ sessionMs: 1000 })
    const one = provider()
    await readFirstPages(one)
    await setTimeout(1100)
    await readFirstPages(one)
    expect(failed()).to.equal(0)
  })

  it('show in each account what that account has', async () => {
    for (const { artifacts } of await readFirstPages(provider())) {
      expect(new Set(artifacts.map(({ metadata }) => metadata.account_id)).size).to.be.at.most(1)
    }
  })

  it('are renewed after a session that AWS no longer accepts', async () => {
    const one = provider()
    await readFirstPages(one)
    simulator.setFaults([{ provider: 'aws', kind: 'expired_token', times: 1 }])
    await readFirstPages(one).catch(() => {})
    await readFirstPages(one)
    expect(assumed()).to.equal(3)
  })

  it('are asked for where STS is always enabled', () => {
    const home = (region: string) => homeRegion({ regions: [region] })
    expect(home('eu-south-2')).to.equal('us-east-1')
    expect(home('us-gov-east-1')).to.equal('us-gov-west-1')
    expect(home('cn-northwest-1')).to.equal('cn-north-1')
    expect(home('eusc-de-east-1')).to.equal('eusc-de-east-1')
    expect(homeRegion({ role_arn: 'arn:aws-us-gov:iam::123456789012:role/reader' })).to.equal('us-gov-west-1')
    expect(homeRegion({})).to.equal('us-east-1')
  })
})
