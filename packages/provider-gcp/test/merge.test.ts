import { gcpPolicies, gcpRelationships, startSimulator, type FaultRule, type Simulator } from '@cae/cloud-simulator'
import { jsonValue, toTask, type Artifact, type JsonObject, type Slice } from '@cae/core'
import { testContext } from '@cae/core/testing'
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { gcpProvider } from '../src/index.ts'
import { run } from './run.ts'

const asOf = new Date().toISOString()

describe('an organization, its policies and its relationships', () => {
  let simulator: Simulator
  before(async () => {
    simulator = await startSimulator({ estate: { seed: 6, resources: 30_000, gcpProjects: 12 } })
  })
  after(() => simulator.close())
  afterEach(() => simulator.setFaults([]))

  const strike = (...rules: Omit<FaultRule, 'provider'>[]) =>
    simulator.setFaults(rules.map((rule) => ({ provider: 'gcp', ...rule })))
  const provider = () =>
    gcpProvider({
      endpoint: simulator.gcpEndpoint,
      projects: [],
      scopes: [`organizations/${simulator.estate.gcpOrganization}`],
      content: ['resource', 'iam_policy', 'relationship'],
    })
  const calls = () =>
    Object.fromEntries(Object.entries(simulator.requests().gcp).map(([operation, { total }]) => [operation, total]))
  // As texts, which are quicker to compare than lists.
  const ids = (artifacts: readonly Artifact[]) =>
    artifacts
      .map(({ metadata }) => metadata.resource_id)
      .toSorted()
      .join('\n')
  const truth = () => [...simulator.estate.ids('gcp')].toSorted().join('\n')
  const related = (artifacts: readonly Artifact[]) =>
    artifacts
      .flatMap(({ metadata, relationships }) =>
        relationships
          .filter(({ type }) => type !== 'is contained in')
          .map(({ type, target }) => `${metadata.resource_id} ${type} ${target.resource_id}`),
      )
      .toSorted()
      .join('\n')
  const trueRelations = () =>
    [...gcpRelationships(simulator.estate)]
      .map((row) => row.join(' '))
      .toSorted()
      .join('\n')
  const policyOf = ({ configuration }: Artifact) => (jsonValue(configuration) as JsonObject)['iamPolicy']

  it('are read whole, each policy with its resource, each relationship too, in few calls', async () => {
    simulator.resetRequests()
    const { artifacts, slices, codes } = await run(provider(), { asOf })
    expect([...codes]).to.deep.equal(['complete'])
    expect(ids(artifacts)).to.equal(truth())
    const policies = new Map(gcpPolicies(simulator.estate))
    for (const artifact of artifacts) {
      expect(policyOf(artifact)).to.deep.equal(policies.get(artifact.metadata.resource_id))
      expect(artifact.metadata.withheld).to.equal(undefined)
    }
    expect(related(artifacts)).to.equal(trueRelations())
    // 6 pages of resources, 2 of policies and 3 of relationships, were they in one slice each.
    expect(slices.filter(({ slice }) => !slice.plans).length).to.be.within(4, 6)
    expect(calls()['SearchAllResources']).to.be.within(12, 15)
    expect(calls()['ListAssets']).to.be.at.most(24)
  })

  it('are all of one moment, a little before the run', async () => {
    strike({ kind: 'volatile_window' })
    const { artifacts, slices } = await run(provider(), { asOf })
    expect(ids(artifacts)).to.equal(truth())
    const moments = new Set(slices.flatMap(({ freshness }) => freshness?.split(';')[0] ?? []))
    const second = Math.floor(Date.parse(asOf) / 1000) - 180
    expect([...moments]).to.deep.equal([`snapshot of ${new Date(second * 1000).toISOString()}`])
  })

  it('are the same where expressions may not be long', async () => {
    strike({ kind: 'unsearchable' })
    const plain = await run(provider(), { asOf })
    strike({ kind: 'unsearchable' }, { kind: 'short_expressions' })
    const { artifacts, codes } = await run(provider(), { asOf })
    expect([...codes]).to.deep.equal(['complete'])
    expect(ids(artifacts)).to.equal(ids(plain.artifacts))
    expect(ids(artifacts)).to.equal(truth())
  })

  it('are the same where each page is read by another process', async () => {
    strike({ kind: 'policy_only' })
    const { slices } = await run(provider(), { asOf })
    const content = slices.filter(({ slice }) => !slice.plans)
    expect(content.some(({ artifacts }) => artifacts.some(({ metadata }) => metadata.withheld))).to.equal(true)
    for (const { slice, artifacts } of content) {
      expect(JSON.stringify(await readApart(slice)) === JSON.stringify(artifacts), slice.partition).to.equal(true)
    }
  })
  const readApart = async (slice: Slice) => {
    const artifacts: Artifact[] = []
    let cursor: string | null = null
    do {
      const reader = await provider().open(toTask('run1', 'gcp', asOf, slice), testContext())
      const page = await reader.read(cursor)
      await reader.close()
      artifacts.push(...page.artifacts)
      cursor = page.next
      if (cursor !== null) expect(cursor.length).to.be.lessThan(1500)
    } while (cursor !== null)
    return artifacts
  }

  it('are the same where names come twice', async () => {
    strike({ kind: 'duplicate_items' })
    const { artifacts, codes } = await run(provider(), { asOf })
    expect([...codes]).to.deep.equal(['complete'])
    expect(new Set(artifacts.map(({ metadata }) => metadata.resource_id)).size).to.equal(simulator.estate.count('gcp'))
    expect(artifacts.length).to.equal(simulator.estate.count('gcp'))
    expect(related(artifacts)).to.equal(trueRelations())
  })

  it('are the same where names come again on a later page', async () => {
    strike({ kind: 'repeated_items' })
    const { artifacts, codes } = await run(provider(), { asOf })
    expect([...codes]).to.deep.equal(['complete'])
    expect(artifacts.length).to.be.greaterThan(simulator.estate.count('gcp'))
    const latest = [...new Map(artifacts.map((artifact) => [artifact.metadata.resource_id, artifact])).values()]
    expect(ids(latest)).to.equal(truth())
    expect(related(latest)).to.equal(trueRelations())
    const policies = new Map(gcpPolicies(simulator.estate))
    for (const artifact of latest) {
      expect(policyOf(artifact)).to.deep.equal(policies.get(artifact.metadata.resource_id))
      expect(artifact.metadata.withheld).to.equal(undefined)
    }
  })

  it('are told to lack policies where it is not their types that the listing of policies refuses', async () => {
    strike({ kind: 'invalid_request', table: 'IAM_POLICY' })
    const { artifacts, gaps } = await run(provider(), { asOf })
    expect(gaps.map(({ partition, code }) => [partition, code])).to.deep.equal([['iam_policy', 'REQUEST_INVALID']])
    for (const { metadata } of artifacts) expect(metadata.withheld).to.deep.equal(['iam_policy'])
  })

  it('are found without a search too, though not counted', async () => {
    strike({ kind: 'denied', operation: 'SearchAllResources' })
    const { artifacts, slices, codes } = await run(provider(), { asOf })
    expect([...codes]).to.deep.equal(['complete'])
    expect(ids(artifacts)).to.equal(truth())
    const content = slices.filter(({ slice }) => !slice.plans)
    expect(content.map(({ slice }) => slice.partition.replace(/-.*/, ''))).to.have.members([
      'compute',
      'bigquery',
      'iam',
      'other',
    ])
  })

  it('go on with the slices that were planned where the search is refused on its way', async () => {
    strike({ kind: 'denied', operation: 'SearchAllResources', page: 3 })
    const { artifacts, codes } = await run(provider(), { asOf })
    expect([...codes]).to.deep.equal(['complete'])
    expect(ids(artifacts)).to.equal(truth())
  })

  for (const page of [1, 2, 3]) {
    it(`show that page ${page} of resources is lost, in the slice that lost it`, async () => {
      strike({ kind: 'lost_page', page, table: 'RESOURCE', times: 1 })
      const { slices, codes } = await run(provider(), { asOf })
      expect([...codes].toSorted()).to.deep.equal(['COUNT_MISMATCH', 'complete'])
      expect(slices.filter(({ code }) => code === 'COUNT_MISMATCH')).to.have.length(1)
    })
  }
})
