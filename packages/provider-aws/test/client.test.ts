import { expect } from 'chai'
import { afterEach, describe, it } from 'mocha'
import { clientCache } from '../src/client.ts'
import { accountOf } from './over-the-wire.ts'

const SETTINGS = { AWS_USE_FIPS_ENDPOINT: 'true', AWS_USE_DUALSTACK_ENDPOINT: 'true' }

describe('clients of the SDK', () => {
  afterEach(() => {
    for (const name of Object.keys(SETTINGS)) delete process.env[name]
  })

  const endpointOf = async (region: string) => {
    const clients = clientCache({ accounts: [] })
    // The first one's settings are those of all.
    await clients.get('tag', { account: accountOf('111111111111'), region: 'eu-west-1' })
    const { config } = await clients.get('sts', { account: accountOf('222222222222'), region })
    const { url } = config.endpointProvider({
      Region: await config.region(),
      UseFIPS: await config.useFipsEndpoint(),
      UseDualStack: await config.useDualstackEndpoint(),
      UseGlobalEndpoint: false,
    })
    return url.hostname
  }

  it('follow the settings of the environment, though these are looked up once', async () => {
    expect(await endpointOf('us-east-1')).to.equal('sts.us-east-1.amazonaws.com')
    Object.assign(process.env, SETTINGS)
    expect(await endpointOf('us-east-1')).to.equal('sts-fips.us-east-1.api.aws')
  })

  it('are each of their own region', async () => {
    expect(await endpointOf('eu-central-1')).to.equal('sts.eu-central-1.amazonaws.com')
    expect(await endpointOf('cn-north-1')).to.equal('sts.cn-north-1.amazonaws.com.cn')
  })
})
