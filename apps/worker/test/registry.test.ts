import { loadCheckedSettings, loadSettings, SettingsError } from '@cae/runtime'
import { expect } from 'chai'
import { loadParts, problemsOfParts } from '../src/registry.ts'

describe('the limits that a worker applies', () => {
  const limitsWith = async (overrides: object, enabled = 'aws,azure') => {
    const settings = loadSettings({ ENABLED_PROVIDERS: enabled, LIMITS_OVERRIDES: JSON.stringify(overrides) })
    const { providers, limits } = await loadParts(settings)
    return { limits, declared: [...providers.values()].flatMap((provider) => provider.limits) }
  }
  const problemsWith = async (overrides: object, enabled?: string) => {
    const thrown: unknown = await limitsWith(overrides, enabled).catch((error: unknown) => error)
    expect(thrown).to.be.instanceOf(SettingsError)
    return (thrown as SettingsError).problems
  }

  it('are those that the providers declare, where nothing is overridden', async () => {
    const { limits, declared } = await limitsWith({})
    expect(limits).to.deep.equal(declared)
    expect(limits.map(({ name }) => name)).to.include.members(['aws.config.select', 'azure.graph.query'])
  })

  it('have the numbers of the settings in place of the declared ones, and say so; the others stay as they are', async () => {
    const { limits, declared } = await limitsWith({
      'aws.config.select': { rate_per_second: 20, burst: 30 },
      'azure.graph.query': { window_seconds: 7, calls_per_day: 1000 },
    })
    const of = (all: typeof limits, name: string) => all.find((limit) => limit.name === name)!
    const [select, query] = ['aws.config.select', 'azure.graph.query'].map((name) => of(declared, name))
    expect(of(limits, 'aws.config.select')).to.deep.equal({
      ...select,
      ratePerSecond: 20,
      burst: 30,
      source: `limits.overrides of the settings, over: ${select!.source}`,
    })
    expect(of(limits, 'azure.graph.query')).to.deep.equal({
      ...query,
      windowSeconds: 7,
      perDay: 1000,
      source: `limits.overrides of the settings, over: ${query!.source}`,
    })
    const untouched = (all: typeof limits) =>
      all.filter(({ name }) => !['aws.config.select', 'azure.graph.query'].includes(name))
    expect(untouched(limits)).to.deep.equal(untouched(declared))
  })

  it('refuse names that are no limits, all at once, each with the nearest that is', async () => {
    expect(await problemsWith({ 'aws.config.selct': { burst: 1 }, 'azure.graph.querys': { burst: 1 } })).to.deep.equal([
      { path: 'limits.overrides.aws.config.selct', message: 'is not a limit; did you mean aws.config.select?' },
      { path: 'limits.overrides.azure.graph.querys', message: 'is not a limit; did you mean azure.graph.query?' },
    ])
  })

  it('list what there is where no name is near', async () => {
    const [problem] = await problemsWith({ everything: { rate_per_second: 1 } })
    expect(problem!.message).to.match(/^is not a limit; known are aws\./)
  })

  it('leave the limits of a provider that this worker does not have to the workers that do', async () => {
    const { limits, declared } = await limitsWith({ 'azure.graph.query': { rate_per_second: 1 } }, 'aws')
    expect(limits).to.deep.equal(declared)
    expect(await problemsWith({ 'azure.graph.querys': { rate_per_second: 1 } }, 'azure')).to.have.length(1)
  })
})

describe('what only the parts of a worker can tell of its settings', () => {
  const problemsWith = async (environment: Record<string, string>) => {
    const thrown: unknown = await loadParts(loadSettings(environment)).catch((error: unknown) => error)
    expect(thrown).to.be.instanceOf(SettingsError)
    return (thrown as SettingsError).problems
  }

  it('is told at once: tables, limits and the transport, each with its path and the nearest name', async () => {
    expect(
      await problemsWith({
        ENABLED_PROVIDERS: 'azure',
        AZURE_TABLES: 'resources,ressourcecontainers,Policyresource',
        LIMITS_OVERRIDES: '{"azure.graph.querys":{"burst":1}}',
        TRANSPORT_TYPE: 'http',
        HTTP_ENDPOINT_URL: 'http://user:hush@far.example/',
        HTTP_HEADERS: '{"X-Token":"hush","Content-Type":"text/plain","X-Source":"here"}',
      }),
    ).to.deep.equal([
      { path: 'azure.tables[1]', message: 'is not a table; did you mean resourcecontainers?' },
      { path: 'azure.tables[2]', message: 'is not a table; did you mean policyresources?' },
      { path: 'limits.overrides.azure.graph.querys', message: 'is not a limit; did you mean azure.graph.query?' },
      {
        path: 'transport.endpoint_url',
        message: 'has a password, which would go over plain http: use https, or set allow_insecure to true',
      },
      {
        path: 'transport.headers.X-Token',
        message: 'would go over plain http: use https, or set allow_insecure to true',
      },
      { path: 'transport.headers.Content-Type', message: "can't be set: it says what the body is" },
    ])
  })

  it('is told with all else that is wrong, in one round', async () => {
    const environment = {
      LOG_LEVEL: 'loud',
      ENABLED_PROVIDERS: 'azure',
      AZURE__REQUEST_TIMEOUT_MS: 'none',
      AZURE_TABLES: 'ressources',
      LIMITS__HEADROOM: '2',
      LIMITS_OVERRIDES: '{"azure.graph.querys":{"burst":1},"azure.graph.query":{"burst":0}}',
      TRANSPORT_TYPE: 'http',
      HTTP_ENDPOINT_URL: 'http://far.example/',
      HTTP_API_KEY: 'hush',
      HTTP_HEADERS: '{"X-Token":"hush"}',
    }
    const thrown: unknown = await loadCheckedSettings(environment, problemsOfParts).catch((error: unknown) => error)
    expect((thrown as SettingsError).problems.map(({ path }) => path)).to.have.members([
      'log_level',
      'azure.request_timeout_ms',
      'azure.tables[0]',
      'limits.headroom',
      'limits.overrides.azure.graph.query.burst',
      'limits.overrides.azure.graph.querys',
      'transport.api_key',
      'transport.headers.X-Token',
    ])
    expect((thrown as Error).message).to.match(/^8 problems in the settings\n/)
  })

  it('leaves the tables of Azure alone where Azure is not read', async () => {
    const settings = loadSettings({ ENABLED_PROVIDERS: 'aws', AZURE_TABLES: 'ressources', TRANSPORT_TYPE: 'null' })
    expect([...(await loadParts(settings)).providers.keys()]).to.deep.equal(['aws'])
  })
})
