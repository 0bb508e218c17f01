import { expect } from 'chai'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

interface Manifest {
  readonly name: string
  readonly dependencies?: Record<string, string>
  readonly devDependencies?: Record<string, string>
  readonly peerDependencies?: Record<string, string>
}

const folders = ['apps', 'packages'].flatMap((parent) =>
  readdirSync(join(ROOT, parent)).map((name) => join(parent, name)),
)
const manifests = folders
  .filter((folder) => existsSync(join(ROOT, folder, 'package.json')))
  .map((folder) => ({
    folder,
    manifest: JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as Manifest,
  }))

const PROVIDERS = ['@cae/provider-aws', '@cae/provider-azure', '@cae/provider-gcp']
const TRANSPORTS = ['@cae/transport-filesystem', '@cae/transport-http']

/** Who may stand on whom: core ← runtime, providers, transports (leaves, never each other) ← apps. */
const MAY_USE: Readonly<Record<string, readonly string[]>> = {
  '@cae/core': [],
  '@cae/catalogue': [],
  '@cae/cloud-simulator': [],
  '@cae/runtime': ['@cae/core'],
  ...Object.fromEntries(PROVIDERS.map((name) => [name, ['@cae/core', '@cae/catalogue']])),
  ...Object.fromEntries(TRANSPORTS.map((name) => [name, ['@cae/core']])),
  '@cae/api': ['@cae/core', '@cae/catalogue', '@cae/runtime'],
  '@cae/worker': ['@cae/core', '@cae/runtime', ...PROVIDERS, ...TRANSPORTS],
  '@cae/cli': ['@cae/core', '@cae/runtime', '@cae/api', '@cae/worker', '@cae/cloud-simulator'],
}

function imports(folder: string): Set<string> {
  const names = new Set<string>()
  const sources = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.(ts|mjs)$/.test(file),
  )
  for (const file of sources) {
    const text = readFileSync(join(ROOT, folder, file), 'utf8')
    for (const [, specifier] of text.matchAll(
      /(?:\bfrom\s+|\bimport\s*\(\s*|\bimport\s+|\bmodule: )'([^'.\s][^'\s]*)'/g,
    )) {
      names.add(specifier!.startsWith('@') ? specifier!.split('/').slice(0, 2).join('/') : specifier!.split('/')[0]!)
    }
  }
  return names
}

const isBuiltin = (name: string) => name.startsWith('node:') || builtinModules.includes(name)

describe('the floors', () => {
  for (const { folder, manifest } of manifests) {
    const declared = Object.keys(manifest.dependencies ?? {})
    const used = [...imports(join(folder, 'src'))].filter((name) => !isBuiltin(name))

    it(`${manifest.name} stands only on what is below it`, () => {
      const allowed = MAY_USE[manifest.name]
      if (!allowed) throw new Error(`${manifest.name} has no floor: give it one in this test`)
      for (const name of [...declared, ...used].filter((one) => one.startsWith('@cae/')))
        expect(allowed).to.include(name)
    })

    it(`${manifest.name} declares what it imports`, () => {
      const peers = Object.keys(manifest.peerDependencies ?? {})
      for (const name of used) expect([...declared, ...peers]).to.include(name)
    })

    it(`${manifest.name} uses what it declares`, () => {
      const bin = existsSync(join(ROOT, folder, 'bin')) ? imports(join(folder, 'bin')) : new Set<string>()
      // Loaded by name at run time, or installed for another package that looks for them.
      const silent = new Set(['ioredis', '@bull-board/ui'])
      for (const name of declared) {
        if (!silent.has(name)) expect([...used, ...bin], `${name} is declared`).to.include(name)
      }
    })
  }

  it('core does no I/O and asks no clock', () => {
    for (const file of readdirSync(join(ROOT, 'packages/core/src'), { encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    )) {
      const text = readFileSync(join(ROOT, 'packages/core/src', file), 'utf8')
      expect(text, file).to.not.match(/from 'node:|process\.|Date\.now|new Date\(\)|setTimeout|fetch\(/)
    }
  })

  it('only main files read the environment', () => {
    for (const { folder } of manifests) {
      for (const file of readdirSync(join(ROOT, folder, 'src'), { recursive: true, encoding: 'utf8' })) {
        if (!file.endsWith('.ts') || /(^|\/)main\.ts$/.test(file)) continue
        const text = readFileSync(join(ROOT, folder, 'src', file), 'utf8')
        const read = [...text.matchAll(/process\.env\b(?!\['PATH'\])(?!,)/g)]
        expect(read, `${folder}/src/${file}`).to.have.length(0)
      }
    }
  })
})
