import type { Artifact, ArtifactMetadata, Relationship } from '@cae/core'
import { environmentVariables, loadSettings } from '@cae/runtime'
import { expect } from 'chai'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apiRoutes, normalRoute } from './api-routes.ts'
import { readDocument } from './documents.ts'
import { codeSpans, fencedBlocks, section, tableRows } from './markdown.ts'
import { defaultInWords, settingPaths, settingsOfRow } from './settings-table.ts'

const { text: readme } = readDocument('README.md')

/** Where a key of the envelope stands: in every artifact, in those of AWS, or only in others. */
type Where = 'all' | 'aws' | 'others'
const ENVELOPE: Record<keyof Artifact, Where> = {
  schema_version: 'all',
  cloud_provider: 'all',
  resource_type: 'all',
  metadata: 'all',
  relationships: 'all',
  configuration: 'all',
}
const METADATA: Record<keyof ArtifactMetadata, Where> = {
  resource_id: 'all',
  name: 'all',
  native_id: 'all',
  native_type: 'all',
  service: 'all',
  region: 'all',
  zone: 'all',
  account_id: 'aws',
  subscription_id: 'others',
  resource_group: 'others',
  project_id: 'others',
  project_number: 'others',
  labels: 'all',
  source: 'others',
  withheld: 'others',
  created_at: 'all',
  captured_at: 'all',
  observed_at: 'all',
}

const ofAws = (keys: Readonly<Record<string, Where>>) => Object.keys(keys).filter((key) => keys[key] !== 'others')

describe('README.md', () => {
  it('shows settings of own clouds that load', () => {
    const [yaml] = fencedBlocks(section(readme, 'On your own clouds')).filter(({ language }) => language === 'yaml')
    const folder = mkdtempSync(join(tmpdir(), 'cae-readme-'))
    try {
      writeFileSync(join(folder, 'cae.yaml'), yaml!.text)
      const settings = loadSettings({ CONFIG_FILE: join(folder, 'cae.yaml') })
      expect(settings.aws_accounts[0]!.regions).to.deep.equal(['us-east-1', 'eu-west-1'])
      expect([settings.azure_accounts, settings.gcp_projects].map(({ length }) => length)).to.deep.equal([1, 1])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  const stated = tableRows(section(readme, 'Configuration')).flatMap(settingsOfRow)

  it('names every setting that there is, and no other', () => {
    expect(stated.map(({ path }) => path)).to.have.members(settingPaths())
  })

  it('gives the defaults that the settings have', () => {
    for (const { path, stated: words } of stated)
      expect(`${path}: ${words}`).to.equal(`${path}: ${defaultInWords(path)}`)
  })

  it('names only variables that are read', () => {
    const variables = codeSpans(section(readme, 'Configuration')).filter((code) => /^[A-Z]+(_[A-Z]+)+$/.test(code))
    // The last is read by Node itself.
    const known = [...environmentVariables().keys(), 'CONFIG_FILE', 'NODE_EXTRA_CA_CERTS']
    for (const name of variables) expect(known).to.include(name)
    expect(variables).to.have.length.greaterThan(3)
  })

  it('lists exactly the routes that the API has', () => {
    const listed = tableRows(section(readme, 'The HTTP API')).flatMap(([cell]) => {
      let method = ''
      return codeSpans(cell!).map((code) => {
        const words = code.split(' ')
        if (words.length === 2) method = words[0]!
        return `${method} ${normalRoute(words.at(-1)!)}`
      })
    })
    expect(listed).to.have.members(apiRoutes())
  })

  it('shows an artifact with exactly the keys of the envelope', () => {
    const [json] = fencedBlocks(section(readme, 'An artifact')).filter(({ language }) => language === 'json')
    const artifact = JSON.parse(json!.text) as Artifact
    expect(Object.keys(artifact)).to.have.members(ofAws(ENVELOPE))
    expect(Object.keys(artifact.metadata)).to.have.members(ofAws(METADATA))
    const relationship: Record<keyof Relationship, true> = { type: true, target: true }
    for (const one of artifact.relationships) expect(one).to.have.all.keys(relationship)
  })
})
