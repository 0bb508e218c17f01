import { expect } from 'chai'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadSettings, nearlyKnown, SettingsError } from '@cae/runtime'

describe('settings', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'cae-settings-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  const yaml = (text: string) => {
    const file = join(folder, 'config.yaml')
    writeFileSync(file, text)
    return file
  }
  const problems = (environment: Record<string, string>) => {
    try {
      loadSettings(environment)
    } catch (error) {
      if (error instanceof SettingsError) return error.problems.map(({ path, message }) => `${path}: ${message}`)
      throw error
    }
    throw new Error('no problem was found')
  }

  it('have defaults for everything', () => {
    const settings = loadSettings({})
    expect(settings.batch_size).to.equal(500)
    expect(settings.transport).to.deep.equal({
      type: 'filesystem',
      base_dir: './artifacts',
      format: 'jsonl',
      compression: 'none',
    })
    expect(settings.worker.concurrency.aws).to.equal(10)
    expect(settings.enabled_providers).to.deep.equal(['aws', 'azure', 'gcp'])
  })

  it('that are of the wrong kind are told what they must be', () => {
    const CONFIG_FILE = yaml(`
redis_url: http://localhost
gcp_projects: acme
aws_accounts:
  - account_id: 123456789012
  - { account_id: "123456789012", regions: [] }
  - { account_id: "123456789012" }
`)
    expect(problems({ CONFIG_FILE })).to.have.members([
      'redis_url: must be an address that begins with redis:// or rediss://',
      'gcp_projects: must be a list',
      'aws_accounts[0].account_id: must be a text: put the number in quotes',
      'aws_accounts[1].regions: must have at least 1 item',
      'aws_accounts[2]: repeats item [1]',
    ])
  })

  it('come from the file, and from the environment above it', () => {
    const CONFIG_FILE = yaml(`
log_level: warn
batch_size: 100
aws_accounts:
  - account_id: "123456789012"
    regions: [us-east-1, eu-west-1]
    role_arn: arn:aws:iam::123456789012:role/cae-reader
    external_id: secret
transport: { type: http, endpoint_url: "https://scanner.example/api" }
`)
    const settings = loadSettings({
      CONFIG_FILE,
      BATCH_SIZE: '250',
      ENABLED_PROVIDERS: 'aws,gcp',
      HTTP_TIMEOUT_MS: '1000',
    })
    expect(settings.log_level).to.equal('warn')
    expect(settings.batch_size).to.equal(250)
    expect(settings.enabled_providers).to.deep.equal(['aws', 'gcp'])
    expect(settings.aws_accounts[0]!.regions).to.deep.equal(['us-east-1', 'eu-west-1'])
    expect(settings.transport).to.include({
      type: 'http',
      endpoint_url: 'https://scanner.example/api',
      timeout_ms: 1000,
    })
  })

  it('nest by one or two underscores', () => {
    const settings = loadSettings({ WORKER__CONCURRENCY__AWS: '3', API_PORT: '9000', LIMITS_HEADROOM: '0.5' })
    expect([settings.worker.concurrency.aws, settings.api.port, settings.limits.headroom]).to.deep.equal([3, 9000, 0.5])
  })

  it('take lists of objects as JSON', () => {
    const settings = loadSettings({ GCP_PROJECTS: '[{"project_id":"my-project"}]' })
    expect(settings.gcp_projects).to.deep.equal([{ project_id: 'my-project' }])
  })

  it('leave the variables of the transport that is not in use alone', () => {
    const settings = loadSettings({
      TRANSPORT_TYPE: 'filesystem',
      FILESYSTEM_BASE_DIR: '/data',
      HTTP_ENDPOINT_URL: 'https://x.example',
    })
    expect(settings.transport).to.include({ type: 'filesystem', base_dir: '/data' })
  })

  it('give every problem at once, each with its path', () => {
    const CONFIG_FILE = yaml(`
log_level: loud
aws_accounts: [{ account_id: "12", regions: [] }]
transport: { type: http }
worker: { concurrency: { aws: 0 } }
`)
    const found = problems({ CONFIG_FILE })
    expect(found).to.have.length(5)
    expect(found.find((line) => line.startsWith('log_level: '))).to.include('error, warn, info, debug')
    expect(found.find((line) => line.startsWith('aws_accounts[0].account_id: '))).to.include('12 digits')
    expect(found.find((line) => line.startsWith('aws_accounts[0].regions: '))).to.include('at least 1')
    expect(found.find((line) => line.startsWith('transport.endpoint_url: '))).to.include('required')
    expect(found.find((line) => line.startsWith('worker.concurrency.aws: '))).to.include('greater than or equal to 1')
  })

  it('read AWS accounts by an organization or by aggregators, never an account by both', () => {
    const organization = 'organization: { role_name: reader, exclude: ["123456789012"] }'
    const aggregators = 'aggregators: [{ name: all, account_id: "123456789012", region: eu-west-1 }]'
    const CONFIG_FILE = (aws: string) => yaml(`aws: { ${aws} }`)
    expect(loadSettings({ CONFIG_FILE: CONFIG_FILE(organization) }).aws.aggregators).to.deep.equal([])
    expect(loadSettings({ CONFIG_FILE: CONFIG_FILE(aggregators) }).aws.aggregators).to.have.length(1)
    expect(problems({ CONFIG_FILE: CONFIG_FILE(`${organization}, ${aggregators}`) })).to.deep.equal([
      'aws.aggregators: must be empty beside aws.organization, which has its accounts',
    ])
    expect(problems({ CONFIG_FILE: CONFIG_FILE('organization: { role_name: "a role" }') })).to.deep.equal([
      'aws.organization.role_name: must be the name of a role, with its path where it has one',
    ])
  })

  it('refuse an unknown key and name the nearest known one', () => {
    const CONFIG_FILE = yaml(
      'batch_sise: 10\naws_accounts: [{ account_id: "123456789012", region: [a], regions: [us-east-1] }]\ntransport: { type: filesystem, basedir: x }',
    )
    expect(problems({ CONFIG_FILE })).to.have.members([
      'batch_sise: is not a known key; did you mean batch_size?',
      'aws_accounts[0].region: is not a known key; did you mean regions?',
      'transport.basedir: is not a known key; did you mean base_dir?',
    ])
  })

  it('name variables that are nearly ours, which another program may mean', () => {
    const set = {
      API_PORTT: '1',
      LOGLEVEL: 'x',
      API_KEY: 'x',
      API_ROOT: '/',
      WORKER_CONCURENRY: '3',
      WORKER_CONCURRENCY: '3',
      TRANSPORT_ENDPONT_URLS: 'x',
      REDIS_URI: '',
      LOG_LEVEL: 'info',
      PATH: '/bin',
      TERM: 'x',
    }
    expect(nearlyKnown(set)).to.deep.equal([
      'API_PORTT is no variable of ours; did you mean API_PORT?',
      'LOGLEVEL is no variable of ours; did you mean LOG_LEVEL?',
      'API_KEY is no variable of ours; did you mean API_KEYS?',
      ...['WORKER_CONCURENRY', 'WORKER_CONCURRENCY'].map(
        (name) =>
          `${name} is no variable of ours; did you mean WORKER_CONCURRENCY_AWS, WORKER_CONCURRENCY_AZURE, WORKER_CONCURRENCY_GCP, WORKER_CONCURRENCY_PLANS or WORKER_CONCURRENCY_RUNS?`,
      ),
      'TRANSPORT_ENDPONT_URLS is no variable of ours; did you mean TRANSPORT_ENDPOINT_URL?',
    ])
  })

  it('refuse a misspelt variable of one of our sections', () => {
    expect(problems({ WORKER__CONCURENCY__AWS: '1' })).to.deep.equal([
      'WORKER__CONCURENCY__AWS: is not a known variable; did you mean WORKER__CONCURRENCY__AWS?',
    ])
  })

  it('refuse an API key that would cross a network in the clear, beside all else', () => {
    const http = (endpoint_url: string, more: Record<string, string> = {}) => ({
      TRANSPORT_TYPE: 'http',
      HTTP_ENDPOINT_URL: endpoint_url,
      HTTP_API_KEY: 'hush',
      ...more,
    })
    const refusal = 'transport.api_key: would go over plain http: use https, or set allow_insecure to true'
    for (const far of ['http://far.example/', 'http://localhost.far.example', 'http://10.0.0.1:8080/a?b']) {
      expect(problems(http(far, { LOG_LEVEL: 'loud' })), far)
        .to.have.length(2)
        .and.to.include(refusal)
      expect(problems(http(far, { HTTP_ALLOW_INSECURE: 'false' })), far).to.deep.equal([refusal])
    }
    expect(problems(http('no url'))).to.have.length(1)
    for (const near of [
      'https://far.example/',
      'http://localhost:8080',
      'http://127.0.0.2/a',
      'http://u:p@[::1]:80/',
    ]) {
      expect(loadSettings(http(near)).transport, near).to.include({ api_key: 'hush' })
    }
    expect(loadSettings(http('http://far.example', { HTTP_ALLOW_INSECURE: 'true' })).transport).to.include({
      api_key: 'hush',
      allow_insecure: true,
    })
    expect(loadSettings(http('http://far.example', { HTTP_API_KEY: '' })).transport).to.not.have.property('api_key')
  })

  it('refuse a transport that does not exist and name those that do', () => {
    expect(problems({ TRANSPORT_TYPE: 'kafka' })[0]).to.match(
      /^transport\.type: must be one of \[?filesystem, http, console, null/,
    )
  })

  it('take the transport that a variable names, and leave what the file says of another', () => {
    const file = yaml('transport: { type: filesystem, base_dir: ./x, compression: gzip }\nbatch_size: 3')
    const http = { CONFIG_FILE: file, TRANSPORT_TYPE: 'http', HTTP_ENDPOINT_URL: 'https://a.example/x' }
    expect(loadSettings(http).transport).to.deep.include({ type: 'http', compression: 'none' })
    expect(loadSettings({ CONFIG_FILE: file, TRANSPORT_TYPE: 'null' }).transport).to.deep.equal({ type: 'null' })
    const kept = loadSettings({ CONFIG_FILE: file, TRANSPORT_TYPE: 'filesystem' }).transport
    expect(kept).to.include({ base_dir: './x', compression: 'gzip' })
    expect(problems({ CONFIG_FILE: yaml('transport: { type: "null", base_dir: ./x }') })).to.deep.equal([
      'transport.base_dir: is not for this type of transport',
    ])
  })

  it('take every region that AWS has', () => {
    for (const region of [
      'us-east-1',
      'us-gov-west-1',
      'cn-north-1',
      'us-isob-east-1',
      'eusc-de-east-1',
      'ap-southeast-5',
    ]) {
      const accounts = JSON.stringify([{ account_id: '123456789012', regions: [region] }])
      expect(loadSettings({ AWS_ACCOUNTS: accounts }).aws_accounts[0]?.regions).to.deep.equal([region])
    }
  })

  it('name the variable that is wrong where the file says the same setting', () => {
    const file = yaml('batch_size: 3')
    expect(problems({ CONFIG_FILE: file, BATCH_SIZE: 'abc', ENABLED_PROVIDERS: 'aws,oracle' })).to.deep.equal([
      'enabled_providers[1] (ENABLED_PROVIDERS): must be one of [aws, azure, gcp]',
      'batch_size (BATCH_SIZE): must be a number',
    ])
  })

  it('tell what no transport has in the same round as a type that none is', () => {
    const file = yaml('transport: { type: filesytem, base_dirr: x, retries: 3 }')
    const found = problems({ CONFIG_FILE: file })
    expect(found).to.have.length(2)
    expect(found[1]).to.equal('transport.base_dirr: is not a known key; did you mean base_dir?')
  })

  it('take null for the transport that delivers nothing, which is no text in YAML without quotes', () => {
    expect(loadSettings({ CONFIG_FILE: yaml('transport: { type: null }') }).transport).to.deep.equal({ type: 'null' })
    for (const nothing of ['transport:\n  type:\n', 'transport: { type: ~ }']) {
      expect(problems({ CONFIG_FILE: yaml(nothing) })[0], nothing).to.match(/^transport\.type: must be one of/)
    }
  })

  it('say that a file is missing or is not YAML', () => {
    expect(problems({ CONFIG_FILE: '/does/not/exist.yaml' })).to.deep.equal([
      'CONFIG_FILE /does/not/exist.yaml: cannot be read: ENOENT',
    ])
    expect(problems({ CONFIG_FILE: yaml('a: [1,') })[0]).to.include('is not valid YAML')
    const CONFIG_FILE = yaml('api:\n  port: 1\n port: 2\nbatch_size: 5\n')
    expect(problems({ CONFIG_FILE })).to.deep.equal([
      `CONFIG_FILE ${CONFIG_FILE}: is not valid YAML: All mapping items must start at the same column at line 3, column 1`,
    ])
    expect(problems({ CONFIG_FILE: yaml('- a') })[0]).to.include('must hold keys and values')
  })

  it('never show a value, since a secret may stand under the wrong key', () => {
    const found = problems({
      CONFIG_FILE: yaml('api: { keys: [hunter2] }\npassword: hunter2'),
      AWS_ACCOUNTS: '{hunter2',
    })
    expect(found.join('\n')).to.not.include('hunter2')
  })
})
