import { expect } from 'chai'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { environmentVariables, loadSettings, REDIS_SETTINGS } from '@cae/runtime'
import { parse } from 'yaml'
import { readDocument } from '../docs/documents.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')

interface Bind {
  readonly type: string
  readonly source: string
  readonly target: string
  readonly read_only?: boolean
  readonly bind?: object
}

interface Service {
  readonly command?: readonly string[]
  /** Null: passed on from whoever starts compose, where it is set. */
  readonly environment?: Readonly<Record<string, string | null>>
  readonly ports?: readonly string[]
  readonly volumes?: readonly (string | Bind)[]
  readonly depends_on?: unknown
  readonly profiles?: readonly string[]
  readonly healthcheck?: { readonly test: readonly string[] }
  readonly stop_grace_period?: string
  readonly container_name?: string
}

const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<string, Service>
  volumes: Record<string, unknown>
}
const ours = Object.entries(compose.services).filter(([name]) => name !== 'redis')
const dockerfile = read('Dockerfile')

/** `${NAME:-default}` → default; `${NAME:?…}` and `${NAME:+…}`, with NAME unset, → nothing. */
const fallback = (value: string) => value.replace(/\$\{[A-Z_]+(?::-([^}]*)|:[?+][^}]*)?\}/g, '$1')

const SETTINGS_FILES = [
  'examples/cae.yaml',
  'examples/simulator.yaml',
  ...readdirSync(join(ROOT, 'examples/settings')).map((name) => `examples/settings/${name}`),
]

// Of our own that is no setting, and of Node.
const OTHERS: ReadonlySet<string> = new Set(['CONFIG_FILE', 'NODE_EXTRA_CA_CERTS'])
// Variables that the clouds' own SDKs read in the worker.
const SDK =
  /^(AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)|AZURE_CLIENT_(ID|SECRET)|GOOGLE_APPLICATION_CREDENTIALS)$/

describe('docker-compose.yml', () => {
  it('has redis, api and worker, and the simulator under a profile', () => {
    expect(Object.keys(compose.services)).to.have.members(['redis', 'api', 'worker', 'simulator'])
    expect(compose.services['simulator']!.profiles).to.deep.equal(['simulator'])
    for (const name of ['redis', 'api', 'worker']) expect(compose.services[name]!.profiles).to.equal(undefined)
  })

  for (const [name, service] of ours) {
    it(`starts ${name} by an entry point that the build makes`, () => {
      const [node, entry] = service.command!
      expect(node).to.equal('node')
      expect(entry).to.match(/^(apps|packages)\/[a-z-]+\/dist\/[a-z-]+\.js$/)
      const source = entry!.replace('/dist/', '/src/').replace(/\.js$/, '.ts')
      expect(existsSync(join(ROOT, source)), source).to.equal(true)
      const folder = entry!.split('/').slice(0, 2).join('/')
      const references = (parse(read('tsconfig.build.json')) as { references: { path: string }[] }).references
      expect(references.map(({ path }) => path)).to.include(folder)
    })

    it(`gives ${name} only variables that it reads`, () => {
      const known = environmentVariables()
      const simulator = read('packages/cloud-simulator/src/main.ts')
      for (const variable of Object.keys(service.environment ?? {})) {
        const reads = known.has(variable) || OTHERS.has(variable) || SDK.test(variable) || simulator.includes(variable)
        expect(reads, `${name}: ${variable}`).to.equal(true)
      }
    })

    it(`mounts for ${name} only files and volumes that exist`, () => {
      for (const volume of service.volumes ?? []) {
        const [source] = typeof volume === 'string' ? volume.split(':') : [fallback(volume.source)]
        const exists =
          typeof volume === 'string' ? Object.hasOwn(compose.volumes, source!) : existsSync(resolve(ROOT, source!))
        expect(exists, `${name}: ${source}`).to.equal(true)
        // Else a name that is mistyped becomes an empty folder.
        if (typeof volume !== 'string')
          expect(volume).to.deep.include({ type: 'bind', bind: { create_host_path: false } })
      }
    })
  }

  for (const file of SETTINGS_FILES) {
    it(`gives api and worker settings that load, with ${file}`, () => {
      for (const name of ['api', 'worker']) {
        const environment = Object.fromEntries(
          Object.entries(compose.services[name]!.environment!).flatMap(([key, value]) =>
            value === null ? [] : [[key, fallback(value)]],
          ),
        )
        const { transport, redis_url } = loadSettings({
          ...environment,
          API_KEYS: 'a-key-of-sixteen-or-more',
          CONFIG_FILE: join(ROOT, file),
        })
        expect(redis_url).to.equal('redis://redis:6379')
        if (file.includes('http')) expect(transport).to.include({ type: 'http' })
        else expect(transport).to.include({ type: 'filesystem', base_dir: '/data/artifacts' })
      }
    })
  }

  it('mounts the key of Google Cloud where the worker looks for it', () => {
    const { environment, volumes } = compose.services['worker']!
    const [, inside] = /:\+(.+)\}$/.exec(environment!['GOOGLE_APPLICATION_CREDENTIALS']!)!
    const binds = volumes!.filter((volume) => typeof volume !== 'string')
    expect(binds.find(({ target }) => target === inside)).to.include({
      source: '${GOOGLE_APPLICATION_CREDENTIALS:-/dev/null}',
      read_only: true,
    })
    expect(volumes).to.deep.include.members([...compose.services['api']!.volumes!])
  })

  it('has what the commands in the README name', () => {
    const commands = readDocument('README.md').commands.filter((line) => line.includes('docker compose'))
    expect(commands.map((line) => /docker compose .*?(up|exec|cp) /.exec(line)?.[1])).to.deep.equal([
      'up',
      'exec',
      'cp',
      'up',
    ])
    for (const line of commands) {
      const [, service, file] = /exec -e \S+ (\w+) node (\S+) /.exec(line) ?? []
      if (file) expect([service, existsSync(join(ROOT, file))]).to.deep.equal(['api', true])
      const [, from, folder] = /cp (\w+):(\S+) /.exec(line) ?? []
      if (folder) expect(compose.services[from!]!.environment!['FILESYSTEM_BASE_DIR']).to.equal(folder)
      if (!line.includes(' up ')) continue
      for (const [, name] of line.matchAll(/--scale (\w+)=\d+/g)) expect(compose.services).to.have.property(name!)
      for (const [, profile] of line.matchAll(/--profile (\w+)/g))
        expect(ours.flatMap(([, { profiles = [] }]) => profiles)).to.include(profile)
      for (const [, variable, value] of line.matchAll(/([A-Z_]+)=(\S+) /g)) {
        expect(read('docker-compose.yml')).to.include(`\${${variable}:-`)
        expect(existsSync(join(ROOT, value!)), value).to.equal(true)
      }
    }
  })

  it('publishes the port that the API listens on, on loopback', () => {
    const { port } = loadSettings({}).api
    expect(compose.services['api']!.ports).to.deep.equal([`127.0.0.1:${port}:${port}`])
    expect(dockerfile).to.include(`EXPOSE ${port}`)
    expect(compose.services['api']!.healthcheck!.test.join(' ')).to.include(`:${port}/ready`)
  })

  it('lets workers be scaled, and gives them time for a page', () => {
    const worker = compose.services['worker']!
    expect(worker.container_name).to.equal(undefined)
    expect(worker.ports).to.equal(undefined)
    const { drain_ms } = loadSettings({}).api
    const { stop_grace_period: grace } = compose.services['api']!
    expect(Number.parseInt(grace!, 10) * 1000, 'as the README says').to.be.at.least(drain_ms + 15_000)
    const { shutdown_grace_ms } = loadSettings({}).worker
    expect(Number.parseInt(worker.stop_grace_period!, 10) * 1000).to.be.greaterThan(shutdown_grace_ms)
  })

  it('runs a Redis that keeps everything', () => {
    const command = compose.services['redis']!.command!.join(' ')
    expect(command).to.include('--appendonly yes')
  })

  it('tells Redis what a private one is told', () => {
    expect(compose.services['redis']!.command!.join(' ')).to.include(REDIS_SETTINGS.join(' '))
  })
})

describe('the Dockerfile', () => {
  it('runs as another user than root, from a multi-stage build', () => {
    expect(dockerfile.match(/^FROM /gm)).to.have.length(2)
    expect(dockerfile).to.match(/^USER node$/m)
  })

  it('starts a process that the build makes', () => {
    const [, entry] = /^CMD \["node", "([^"]+)"\]/m.exec(dockerfile)!
    expect(existsSync(join(ROOT, entry!.replace('/dist/', '/src/').replace(/\.js$/, '.ts')))).to.equal(true)
  })

  it('copies only what is there', () => {
    for (const [, paths] of dockerfile.matchAll(/^COPY (?!--from)(.+)$/gm)) {
      for (const path of paths!.split(' ').slice(0, -1)) expect(existsSync(join(ROOT, path)), path).to.equal(true)
    }
  })
})
