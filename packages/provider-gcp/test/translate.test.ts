import { startSimulator } from '@cae/cloud-simulator'
import { ExtractionError, JsonText, type JsonObject } from '@cae/core'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Asset } from '../src/asset.ts'
import { gcpProvider } from '../src/index.ts'
import { toArtifact } from '../src/translate/translate.ts'
import { run } from './run.ts'

const ORIGIN = { project: 'shop', asOf: '2026-11-01T00:00:00.000Z' }
const NAME = '//compute.googleapis.com/projects/shop/zones/europe-west1-b/instances/web-1'

const instance = (over: Partial<Asset> = {}): Asset => ({
  name: NAME,
  assetType: 'compute.googleapis.com/Instance',
  ancestors: ['projects/1', 'organizations/2'],
  resource: { location: 'europe-west1-b', data: { name: 'web-1', id: '5' } },
  ...over,
})
const translate = (over: Partial<Asset> = {}) => toArtifact(instance(over), ORIGIN)
const withData = (data: NonNullable<Asset['resource']>['data']) => translate({ resource: { ...(data && { data }) } })

describe('GCP translate', () => {
  it('makes the whole envelope', () => {
    const parent = '//cloudresourcemanager.googleapis.com/projects/1'
    const data = { name: 'web-1', labels: { env: 'prod' }, creationTimestamp: '2026-01-02T03:04:05.000-08:00' }
    const artifact = translate({
      updateTime: '2026-02-01T00:00:00.000Z',
      resource: { location: 'europe-west1-b', parent, data },
    })
    expect(artifact).to.deep.equal({
      schema_version: 1,
      cloud_provider: 'gcp',
      resource_type: 'gcp:compute:instance',
      metadata: {
        resource_id: NAME,
        name: 'web-1',
        native_id: 'web-1',
        native_type: 'compute.googleapis.com/Instance',
        service: 'compute',
        region: 'europe-west1',
        zone: 'europe-west1-b',
        project_id: 'shop',
        project_number: '1',
        labels: { env: 'prod' },
        created_at: '2026-01-02T11:04:05.000Z',
        captured_at: '2026-02-01T00:00:00.000Z',
        observed_at: ORIGIN.asOf,
      },
      relationships: [{ type: 'is contained in', target: { native_id: '1', resource_id: parent } }],
      configuration: data,
    })
  })

  const places: [string | undefined, string, string, string | null][] = [
    ['us-central1', NAME, 'us-central1', null],
    ['US-CENTRAL1', NAME, 'us-central1', null],
    ['EU', NAME, 'eu', null],
    ['global', NAME, 'global', null],
    ['northamerica-northeast2-a', NAME, 'northamerica-northeast2', 'northamerica-northeast2-a'],
    ['us-central1-ai1a', NAME, 'us-central1', 'us-central1-ai1a'],
    ['us-central1-ai', NAME, 'us-central1-ai', null],
    [undefined, NAME, 'europe-west1', 'europe-west1-b'],
    [undefined, '//run.googleapis.com/projects/p/locations/us-east4/services/s', 'us-east4', null],
    [undefined, '//storage.googleapis.com/bucket', 'global', null],
  ]
  for (const [location, name, region, zone] of places) {
    it(`places ${location ?? name} in ${region}${zone ? `, zone ${zone}` : ''}`, () => {
      const { metadata } = translate({ name, resource: { ...(location && { location }) } })
      expect([metadata.region, metadata.zone]).to.deep.equal([region, zone])
    })
  }

  it('reads labels under the names that the APIs have for them', () => {
    const forms: NonNullable<Asset['resource']>['data'][] = [
      { labels: { a: '1' } },
      { labels: {}, resourceLabels: { a: '1' } },
      { settings: { userLabels: { a: '1' } } },
      { metadata: { labels: { a: '1' } } },
      { userLabels: { a: '1' } },
      { labels: { a: 1 } },
    ]
    for (const data of forms) expect(withData(data).metadata.labels).to.deep.equal({ a: '1' })
    const channel = { labels: { email_address: 'a@b.example' }, userLabels: { a: '1' } }
    const assetType = 'monitoring.googleapis.com/NotificationChannel'
    expect(translate({ assetType, resource: { data: channel } }).metadata.labels).to.deep.equal({ a: '1' })
    expect(withData({ labels: ['a'] }).metadata.labels).to.deep.equal({})
  })

  it('reads the time of creation under the names that the APIs have for it', () => {
    const created = (data: NonNullable<Asset['resource']>['data']) => withData(data).metadata.created_at
    expect(created({ createTime: '2026-01-02T03:04:05.123456789Z' })).to.equal('2026-01-02T03:04:05.123Z')
    expect(created({ creationTime: '1600000000000' })).to.equal('2020-09-13T12:26:40.000Z')
    expect(created({ metadata: { creationTimestamp: '2026-01-02T03:04:05Z' } })).to.equal('2026-01-02T03:04:05.000Z')
    expect(created({ createTime: '2026-02-28T03:04:05.678Z' })).to.equal('2026-02-28T03:04:05.678Z')
    expect(created({ createTime: '2026-13-02T03:04:05.678Z' })).to.equal(null)
    expect(created({ createTime: 'soon' })).to.equal(null)
  })

  it('takes the display name where the name is a path, and the id where there is neither', () => {
    expect(withData({ name: 'projects/p/x', displayName: 'X' }).metadata.name).to.equal('X')
    expect(withData({ name: 'projects/p/x' }).metadata.name).to.equal('web-1')
    expect(withData(undefined).metadata.name).to.equal('web-1')
  })

  it('gives the id of a project and its number apart, each where it is known', () => {
    const project = (asset: Partial<Asset>, named?: string) => {
      const { metadata } = toArtifact(instance(asset), { asOf: ORIGIN.asOf, ...(named && { project: named }) })
      return [metadata.project_id, metadata.project_number]
    }
    const bucket = '//storage.googleapis.com/b'
    const parent = (id: string) => ({ parent: `//cloudresourcemanager.googleapis.com/projects/${id}` })
    expect(project({})).to.deep.equal(['shop', '1'])
    expect(project({ name: bucket })).to.deep.equal([undefined, '1'])
    expect(project({ name: bucket }, 'shop')).to.deep.equal(['shop', '1'])
    expect(project({ name: bucket, resource: parent('7'), ancestors: [] })).to.deep.equal([undefined, '7'])
    expect(project({ name: bucket, resource: parent('shop') })).to.deep.equal(['shop', '1'])
    expect(project({ name: '//x.googleapis.com/projects/7/y/z', ancestors: [] })).to.deep.equal([undefined, '7'])
    expect(project({ name: bucket, ancestors: ['projects/shop'] })).to.deep.equal(['shop', undefined])
    expect(project({ ancestors: [] })).to.deep.equal(['shop', undefined])
    expect(project({ name: '//x.googleapis.com/folders/7', ancestors: ['folders/7'] })).to.deep.equal([
      undefined,
      undefined,
    ])
  })

  it('takes the id of a project from what it says of itself', () => {
    const name = '//cloudresourcemanager.googleapis.com/projects/1'
    const resource = { data: { projectId: 'shop' } }
    const of = (assetType: string) =>
      toArtifact(instance({ name, assetType, resource }), { asOf: ORIGIN.asOf }).metadata.project_id
    expect(of('cloudresourcemanager.googleapis.com/Project')).to.equal('shop')
    expect(of('cloudbilling.googleapis.com/ProjectBillingInfo')).to.equal(undefined)
  })

  it('keeps content beside the data, and an asset that has no data at all', () => {
    const iamPolicy = { bindings: [] }
    expect(translate({ iamPolicy, resource: { data: { a: 1 } } }).configuration).to.deep.equal({ a: 1, iamPolicy })
    expect(toArtifact({ name: NAME, assetType: 'a/B', ancestors: [] }, ORIGIN).configuration).to.equal(null)
  })

  it('appends content to data that is text, and parses it only where a field has the same name', () => {
    const iamPolicy = { bindings: [{ role: 'r' }] }
    const configuration = (data: JsonObject) => {
      const text = new JsonText(JSON.stringify(data))
      return translate({ iamPolicy, accessPolicy: null, resource: { data, text } }).configuration
    }
    const appended = configuration({ a: 1 })
    expect(appended).to.be.instanceOf(JsonText)
    expect((appended as JsonText).text).to.equal(`{"a":1,"iamPolicy":${JSON.stringify(iamPolicy)},"accessPolicy":null}`)
    expect(JSON.stringify(configuration({}))).to.equal(JSON.stringify({ iamPolicy, accessPolicy: null }))
    expect(configuration({ iamPolicy: null, b: 2 })).to.deep.equal({ iamPolicy, b: 2, accessPolicy: null })
  })

  it('reads labels and the time of creation from fields that are text', () => {
    const { metadata } = withData({
      metadata: new JsonText('{"labels":{"a":"1"},"creationTimestamp":"2026-01-02T03:04:05Z"}'),
    })
    expect(metadata).to.deep.include({ labels: { a: '1' }, created_at: '2026-01-02T03:04:05.000Z' })
    expect(withData({ settings: new JsonText('{"userLabels":{"a":"1"}}') }).metadata.labels).to.deep.equal({ a: '1' })
  })

  it('refuses an asset that says neither what nor which it is', () => {
    expect(() => translate({ name: '' })).to.throw(ExtractionError, 'without name or type')
  })
})

describe('artifacts of an organization', () => {
  it('have the number of their project, and its id where Google gives that', async () => {
    const simulator = await startSimulator({ estate: { seed: 2, resources: 4000, gcpProjects: 3 } })
    const { gcpOrganization, gcpProjects } = simulator.estate
    const scopes = [`organizations/${gcpOrganization}`]
    const provider = gcpProvider({ endpoint: simulator.gcpEndpoint, projects: [], scopes })
    const { artifacts } = await run(provider)
    const projects = artifacts.filter(({ resource_type }) => resource_type === 'gcp:cloudresourcemanager:project')
    const ids = new Map(projects.map(({ metadata }) => [metadata.project_number, metadata.project_id]))
    expect(new Set(ids.values())).to.deep.equal(new Set(gcpProjects))
    for (const { metadata } of artifacts) {
      const { resource_id, project_id, project_number } = metadata
      expect(ids, resource_id).to.include.keys(project_number!)
      const isTold = projects.some((one) => one.metadata === metadata) || /\/projects\/[a-z]/.test(resource_id)
      expect(project_id, resource_id).to.equal(isTold ? ids.get(project_number) : undefined)
    }
    const { artifacts: ofProject } = await run(provider, { accounts: [gcpProjects[0]!] })
    expect(new Set(ofProject.map(({ metadata }) => metadata.project_id))).to.deep.equal(new Set([gcpProjects[0]]))
    expect(ids.get(ofProject[0]!.metadata.project_number)).to.equal(gcpProjects[0])
    await simulator.close()
  })
})
