import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { parseOptions } from '../src/command-line.ts'
import { createEstate } from '../src/estate/estate.ts'
import { gcpPolicies } from '../src/gcp/policy.ts'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))

function run(args: readonly string[], env: Record<string, string> = {}): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, ['--import', 'tsx', '--conditions=@cae/source', MAIN, ...args], {
    env: { ...process.env, ...env },
  })
}

async function text(stream: NodeJS.ReadableStream): Promise<string> {
  let all = ''
  for await (const chunk of stream) all += String(chunk)
  return all
}

interface Started {
  readonly controlEndpoint: string
  readonly gcpEndpoint: string
  readonly awsAccounts: string[]
  readonly counts: Record<string, number>
}

describe('the simulator as a process', () => {
  it('prints where it listens and what exists, answers for the truth, and stops on SIGTERM', async () => {
    const child = run(['--resources', '1200', '--accounts', '3'], { SIMULATOR_SEED: '9' })
    const lines = createInterface({ input: child.stdout })
    const [line] = (await once(lines, 'line')) as [string]
    const { controlEndpoint, awsAccounts, counts } = JSON.parse(line) as Started
    expect(awsAccounts).to.have.length(3)
    expect(counts).to.deep.equal({ aws: 600, azure: 360, gcp: 240 })

    const get = (path: string) => fetch(`${controlEndpoint}${path}`)
    expect(await (await get('/health')).json()).to.deep.equal({ status: 'ok' })
    expect((await (await get('/ids?provider=aws')).text()).trim().split('\n')).to.have.length(600)
    const slices = (await (await get('/slices')).json()) as { count: number }[]
    expect(slices.reduce((sum, { count }) => sum + count, 0)).to.equal(1200)
    const policies = [...gcpPolicies(createEstate({ seed: 9, resources: 1200, awsAccounts: 3 }))].length
    expect(await (await get('/policies')).json()).to.deep.equal({ gcp: policies })

    const put = (rules: unknown) => fetch(`${controlEndpoint}/faults`, { method: 'PUT', body: JSON.stringify(rules) })
    expect((await put([{ provider: 'aws', kind: 'throttle' }])).status).to.equal(204)
    const bad = await put([{ provider: 'ibm', kind: 'sulk', page: 0 }])
    expect(bad.status).to.equal(422)
    const { errors } = (await bad.json()) as { errors: { field: string }[] }
    expect(errors.map(({ field }) => field)).to.deep.equal(['0.provider', '0.kind', '0.page'])

    child.kill('SIGTERM')
    const [code] = (await once(child, 'exit')) as [number | null]
    expect(code).to.equal(0)
  })

  it('names every option that cannot be, with what it may be, and exits with 1', async () => {
    const child = run(['--resources', '5', '--quotas', '--regions', 'nowhere', '--bogus'])
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit') as Promise<[number]>])
    expect(code).to.equal(1)
    expect(said).to.match(/--resources: must be a whole number from 10 to 50000000, not "5"/)
    expect(said).to.match(/--regions: must be/)
    expect(said).to.match(/--bogus/)
  })

  it('takes every option as a variable too, and an argument before the variable', () => {
    const { options, problems } = parseOptions(['--resources', '30'], {
      SIMULATOR_HOST: '0.0.0.0',
      SIMULATOR_PORT: '9000',
      SIMULATOR_GRPC_PORT: '9001',
      SIMULATOR_SEED: '4',
      SIMULATOR_RESOURCES: '20',
      SIMULATOR_ACCOUNTS: '2',
      SIMULATOR_REGIONS: 'us-east-1,eu-west-1',
      SIMULATOR_SUBSCRIPTIONS: '3',
      SIMULATOR_PROJECTS: '4',
      SIMULATOR_QUOTAS: 'true',
      SIMULATOR_LATENCY: '40',
      SIMULATOR_TIME_SCALE: '10',
    })
    expect(problems).to.deep.equal([])
    expect(options).to.deep.equal({
      host: '0.0.0.0',
      httpPort: 9000,
      grpcPort: 9001,
      quotas: true,
      latencyMs: 40,
      timeScale: 10,
      estate: {
        seed: 4,
        resources: 30,
        awsAccounts: 2,
        awsRegions: ['us-east-1', 'eu-west-1'],
        azureSubscriptions: 3,
        gcpProjects: 4,
      },
    })
  })
})
