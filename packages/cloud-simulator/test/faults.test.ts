import { DescribeConfigurationRecordersCommand, SelectResourceConfigCommand } from '@aws-sdk/client-config-service'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { startSimulator, type FaultKind, type FaultRule, type Simulator } from '../src/index.ts'
import { assetClient, configClient, graphClient, stsClient } from './clients.ts'

interface Page {
  readonly ids: readonly string[]
  readonly next: string | undefined
}

/** What a call ended with: its page, or the error's name or code. */
type Ending = Page | string

const PAGE = 10

describe('faults, as the SDKs see them', () => {
  let simulator: Simulator
  let aws: ReturnType<typeof configClient>
  let gcp: ReturnType<typeof assetClient>
  before(async () => {
    simulator = await startSimulator({ estate: { seed: 5, resources: 2000 } })
    aws = configClient(simulator)
    gcp = assetClient(simulator)
  })
  afterEach(() => simulator.setFaults([]))
  after(async () => {
    aws.destroy()
    await gcp.close()
    await simulator.close()
  })

  const readAws = async (token?: string): Promise<Page> => {
    const page = await aws.send(
      new SelectResourceConfigCommand({ Expression: 'SELECT arn', Limit: PAGE, ...(token && { NextToken: token }) }),
      { abortSignal: AbortSignal.timeout(300) },
    )
    const ids = page.Results!.map((row) => (JSON.parse(row) as { arn: string }).arn)
    return { ids, next: page.NextToken }
  }
  const readAzure = async (skipToken?: string): Promise<Page> => {
    const page = await graphClient(simulator).resources(
      { query: 'resources | project id', options: { top: PAGE, ...(skipToken && { skipToken }) } },
      { abortSignal: AbortSignal.timeout(300) },
    )
    return { ids: (page.data as { id: string }[]).map(({ id }) => id), next: page.skipToken }
  }
  const readGcp = async (pageToken = ''): Promise<Page> => {
    const parent = `projects/${simulator.estate.gcpProjects[0]}`
    const [assets, , raw] = await gcp.listAssets(
      { parent, pageSize: PAGE, pageToken },
      { autoPaginate: false, timeout: 300, retry: null },
    )
    return {
      ids: assets.map(({ name }) => name!),
      next: (raw as { nextPageToken?: string }).nextPageToken || undefined,
    }
  }
  const READ = { aws: readAws, azure: readAzure, gcp: readGcp }

  const ending = (promise: Promise<Page>): Promise<Ending> =>
    promise.catch((thrown: { name?: string; code?: string | number }) => String(thrown.code ?? thrown.name))
  const set = (provider: FaultRule['provider'], kind: FaultKind, rest: Partial<FaultRule> = {}) =>
    simulator.setFaults([{ provider, kind, ...rest }])

  const refused: readonly (readonly [FaultKind, string | RegExp, string | RegExp, string | RegExp])[] = [
    ['throttle', 'ThrottlingException', 'RateLimiting', '8'],
    ['server_error', 'InternalServerException', 'ServiceUnavailable', '14'],
    ['reset', /ECONNRESET|TimeoutError/, /ECONNRESET|REQUEST_SEND_ERROR/, /^(1|13|14)$/],
    ['hang', /AbortError|TimeoutError|^20$|^23$/, 'AbortError', '4'],
    ['denied', 'AccessDeniedException', 'AuthorizationFailed', '7'],
    ['region_disabled', 'UnrecognizedClientException', 'AuthorizationFailed', '7'],
    ['expired_token', 'ExpiredTokenException', 'ExpiredAuthenticationToken', '16'],
  ]
  for (const [kind, ...expected] of refused) {
    for (const [n, provider] of (['aws', 'azure', 'gcp'] as const).entries()) {
      it(`${kind} from ${provider}`, async () => {
        set(provider, kind)
        expect(await ending(READ[provider]()), 'ending').to.match(new RegExp(expected[n]!))
        simulator.setFaults([])
        expect(await ending(READ[provider]())).to.have.property('ids')
      })
    }
  }

  for (const provider of ['aws', 'azure', 'gcp'] as const) {
    it(`expired_cursor from ${provider}, and only where there is a cursor`, async () => {
      set(provider, 'expired_cursor')
      const first = await READ[provider]()
      const second = await ending(READ[provider](first.next))
      expect(second).to.match(/InvalidNextTokenException|BadRequest|^3$/)
    })

    it(`repeated_cursor from ${provider}`, async () => {
      set(provider, 'repeated_cursor')
      const first = await READ[provider]()
      const second = await READ[provider](first.next)
      expect(second.next).to.equal(first.next)
    })

    it(`lost_page from ${provider}: a page is missing and the cursor goes on`, async () => {
      const first = await READ[provider]()
      const second = await READ[provider](first.next)
      const third = await READ[provider](second.next)
      set(provider, 'lost_page', { page: 2 })
      const lossy = await READ[provider](first.next)
      expect(lossy.ids).to.deep.equal(third.ids)
    })

    it(`duplicate_items from ${provider}: some twice, none lost`, async () => {
      const first = await READ[provider]()
      set(provider, 'duplicate_items', { times: 1 })
      const doubled = await READ[provider]()
      expect(new Set(doubled.ids).size).to.equal(PAGE / 2)
      const rest = await READ[provider](doubled.next)
      expect([...new Set(doubled.ids), ...rest.ids].slice(0, PAGE)).to.deep.equal(first.ids)
    })
  }

  it('repeated_items from gcp: what came before comes again, none lost', async () => {
    const first = await readGcp()
    const second = await readGcp(first.next)
    set('gcp', 'repeated_items')
    expect(await readGcp(), 'before the first page nothing came').to.deep.equal(first)
    const repeated = await readGcp(first.next)
    expect(repeated.ids).to.deep.equal([...first.ids.slice(-PAGE / 2), ...second.ids.slice(0, PAGE / 2)])
    const rest = await readGcp(repeated.next)
    expect(rest.ids).to.deep.equal([...second.ids.slice(0, PAGE / 2), ...second.ids.slice(PAGE / 2)])
  })

  it('recorder_off: AWS has no recorder and nothing recorded', async () => {
    set('aws', 'recorder_off')
    expect((await aws.send(new DescribeConfigurationRecordersCommand({}))).ConfigurationRecorders).to.deep.equal([])
    expect(await readAws()).to.deep.equal({ ids: [], next: undefined })
  })

  it('region_disabled leaves STS alone', async () => {
    set('aws', 'region_disabled')
    const sts = stsClient(simulator)
    expect((await sts.send(new GetCallerIdentityCommand({}))).Account).to.equal(simulator.estate.awsAccounts[0])
    sts.destroy()
  })

  it('a denied Azure subscription is left out in silence', async () => {
    const several = await startSimulator({ estate: { seed: 5, resources: 1000, azureSubscriptions: 2 } })
    const [denied, other] = several.estate.azureSubscriptions
    several.setFaults([{ provider: 'azure', kind: 'denied', scope: denied! }])
    const { data } = await graphClient(several).resources({
      query: 'resources | summarize n = count() by subscriptionId',
    })
    expect((data as { subscriptionId: string }[]).map(({ subscriptionId }) => subscriptionId)).to.deep.equal([other])
    await several.close()
  })

  it('too_large says what Azure says of answers over 16 MB', async () => {
    set('azure', 'too_large')
    const error = (await graphClient(simulator)
      .resources({ query: 'resources' })
      .catch((thrown: unknown) => thrown)) as { details: unknown }
    expect(JSON.stringify(error.details)).to.include('ResponsePayloadTooLarge')
  })

  it('a throttle of Resource Graph says what is left of the quota, and Retry-After where it is told to', async () => {
    const post = async (path: string, init: RequestInit) => {
      const headers = { authorization: 'Bearer test', 'content-type': 'application/json' }
      const response = await fetch(`${simulator.azureEndpoint}${path}api-version=2024-04-01`, { ...init, headers })
      const { error } = (await response.json()) as { error: { code: string } }
      return [
        response.status,
        error.code,
        response.headers.get('x-ms-user-quota-remaining'),
        response.headers.get('x-ms-user-quota-resets-after'),
        response.headers.get('retry-after'),
      ]
    }
    const query = () =>
      post('/providers/Microsoft.ResourceGraph/resources?', {
        method: 'POST',
        body: JSON.stringify({ query: 'resources | count' }),
      })
    set('azure', 'throttle')
    expect(await query()).to.deep.equal([429, 'RateLimiting', '0', '00:00:05', null])
    set('azure', 'throttle', { retryAfterMs: 1500 })
    expect(await query()).to.deep.equal([429, 'RateLimiting', '0', '00:00:02', '2'])
    // Resource Manager knows nothing of that quota.
    set('azure', 'throttle', { operation: 'Subscriptions' })
    const list = await post('/subscriptions?', { method: 'GET' })
    expect(list).to.deep.equal([429, 'TooManyRequests', null, null, '1'])
  })

  it('counts for each rule how often it changed an answer, and not how often it might have', async () => {
    const met = () => simulator.faults().map((one) => one.met)
    simulator.setFaults([
      { provider: 'aws', kind: 'throttle', page: 1, times: 1 },
      { provider: 'aws', kind: 'repeated_cursor' },
      { provider: 'gcp', kind: 'short_expressions' },
      { provider: 'azure', kind: 'short_page' },
    ])
    await ending(readAws())
    const first = await readAws()
    expect(met()).to.deep.equal([1, 0, 0, 0])
    await readAws(first.next)
    await readGcp()
    await graphClient(simulator).resources({ query: 'resources | where id == "none" | project id' })
    expect(met()).to.deep.equal([1, 1, 0, 0])
    await readAzure()
    const { controlEndpoint } = simulator
    const told = (await (await fetch(`${controlEndpoint}/faults`)).json()) as { rule: FaultRule; met: number }[]
    expect(told.map(({ rule: { kind }, met: times }) => [kind, times])).to.deep.equal([
      ['throttle', 1],
      ['repeated_cursor', 1],
      ['short_expressions', 0],
      ['short_page', 1],
    ])
  })

  it('strikes as often as it is told, in the scope it is told', async () => {
    set('aws', 'throttle', { times: 2, scope: simulator.estate.awsAccounts[0]!, region: 'us-east-1' })
    const endings = [await ending(readAws()), await ending(readAws()), await ending(readAws())]
    expect(endings.map((one) => typeof one)).to.deep.equal(['string', 'string', 'object'])
    set('aws', 'throttle', { scope: '000000000000' })
    expect(await ending(readAws())).to.have.property('ids')
  })

  it('strikes with the probability it is told, the same for the same seed', async () => {
    const run = async () => {
      set('aws', 'throttle', { probability: 0.5 })
      const endings: string[] = []
      for (let n = 0; n < 20; n++) endings.push(typeof (await ending(readAws())))
      return endings
    }
    const first = await run()
    expect(new Set(first).size).to.equal(2)
    expect(await run()).to.deep.equal(first)
  })
})
