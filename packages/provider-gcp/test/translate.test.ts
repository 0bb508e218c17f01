import { ExtractionError, JsonText, type JsonObject } from '@cae/core'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Asset } from '../src/asset.ts'
import { toArtifact } from '../src/translate/translate.ts'

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
      { labels: { a: 1 } },
    ]
    for (const data of forms) expect(withData(data).metadata.labels).to.deep.equal({ a: '1' })
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

  it('names the project also where the listing was wider than one', () => {
    const project = (asset: Partial<Asset>) => toArtifact(instance(asset), { asOf: ORIGIN.asOf }).metadata.project_id
    expect(project({})).to.equal('shop')
    expect(project({ name: '//storage.googleapis.com/b' })).to.equal('1')
    expect(
      project({ name: '//storage.googleapis.com/b', resource: { parent: '//x.googleapis.com/projects/7' } }),
    ).to.equal('7')
    expect(project({ name: '//x.googleapis.com/folders/7', ancestors: ['folders/7'] })).to.equal(undefined)
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
