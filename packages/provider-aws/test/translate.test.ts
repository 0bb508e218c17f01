import { ExtractionError } from '@cae/core'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { ConfigItem } from '../src/translate/config-item.ts'
import { toArtifact } from '../src/translate/translate.ts'

const ORIGIN = { account: '111122223333', region: 'eu-west-1', asOf: '2026-11-01T00:00:00.000Z' }

const bucket = (over: ConfigItem = {}): ConfigItem => ({
  resourceType: 'AWS::S3::Bucket',
  resourceId: 'logs',
  resourceName: 'logs',
  arn: 'arn:aws:s3:::logs',
  accountId: '111122223333',
  awsRegion: 'eu-west-1',
  configuration: { name: 'logs' },
  ...over,
})
const translate = (over: ConfigItem = {}) => toArtifact(bucket(over), ORIGIN)

describe('AWS translate', () => {
  it('makes the whole envelope', () => {
    const artifact = translate({
      availabilityZone: 'eu-west-1a',
      resourceCreationTime: '2026-01-02T03:04:05.000Z',
      configurationItemCaptureTime: '2026-01-03T03:04:05.000Z',
      tags: [{ tag: 'env=prod', key: 'env', value: 'prod' }],
      relationships: [{ resourceType: 'AWS::KMS::Key', resourceId: 'k-1', relationshipName: 'Is encrypted by ' }],
    })
    expect(artifact).to.deep.equal({
      schema_version: 1,
      cloud_provider: 'aws',
      resource_type: 'aws:s3:bucket',
      metadata: {
        resource_id: 'arn:aws:s3:::logs',
        name: 'logs',
        native_id: 'logs',
        native_type: 'AWS::S3::Bucket',
        service: 's3',
        region: 'eu-west-1',
        zone: 'eu-west-1a',
        account_id: '111122223333',
        labels: { env: 'prod' },
        created_at: '2026-01-02T03:04:05.000Z',
        captured_at: '2026-01-03T03:04:05.000Z',
        observed_at: ORIGIN.asOf,
      },
      relationships: [{ type: 'is encrypted by', target: { native_type: 'AWS::KMS::Key', native_id: 'k-1' } }],
      configuration: { name: 'logs' },
    })
  })

  it('decodes a configuration that is JSON in a string, also twice', () => {
    expect(translate({ configuration: '{"name":"a"}' }).configuration).to.deep.equal({ name: 'a' })
    expect(translate({ configuration: JSON.stringify('{"name":"a"}') }).configuration).to.deep.equal({ name: 'a' })
  })

  it('takes nothing but the identity of what is not recorded, since the rest is from another time', () => {
    const old = { tags: [{ key: 'env', value: 'prod' }], relationships: [{ resourceType: 'a', resourceId: 'b' }] }
    const status = { configurationItemStatus: 'ResourceNotRecorded', supplementaryConfiguration: { a: '1' } }
    const { metadata, configuration, relationships } = translate({ configuration: '{"name":"a"}', ...old, ...status })
    expect({ configuration, relationships }).to.deep.equal({ configuration: null, relationships: [] })
    expect(metadata).to.deep.include({ labels: {}, withheld: ['configuration'], resource_id: 'arn:aws:s3:::logs' })
  })

  it('marks what Config never gives of a type, unless the item has it', () => {
    const withheld = (item: object) => translate({ configuration: { a: 1 }, ...item }).metadata.withheld
    const [trail, domain] = [{ resourceType: 'AWS::CloudTrail::Trail' }, { resourceType: 'AWS::OpenSearch::Domain' }]
    expect(withheld(trail)).to.deep.equal(['tags'])
    expect(withheld({ ...trail, tags: [{ key: 'env', value: 'prod' }] })).to.equal(undefined)
    expect(withheld(domain)).to.deep.equal(['configuration'])
    expect(withheld({ ...domain, configuration: null })).to.deep.equal(['configuration'])
  })

  it('keeps a configuration that is no JSON as the text it is', () => {
    expect(translate({ configuration: '{broken' }).configuration).to.equal('{broken')
    expect(translate({ configuration: 'plain' }).configuration).to.equal('plain')
  })

  it('leaves strings inside the configuration alone', () => {
    const configuration = { Policy: '{"Version":"2012-10-17"}' }
    expect(translate({ configuration }).configuration).to.deep.equal({ Policy: '{"Version":"2012-10-17"}' })
  })

  it('takes null for the configuration of deleted and custom types', () => {
    expect(translate({ configuration: 'null' }).configuration).to.equal(null)
    expect(translate({ configuration: null }).configuration).to.equal(null)
  })

  it('marks a configuration that Config does not give, and what the operation does not', () => {
    expect(translate({ configuration: null }).metadata.withheld).to.deep.equal(['configuration'])
    expect(translate().metadata).to.not.have.property('withheld')
    const { metadata } = toArtifact(bucket(), ORIGIN, ['relationships'])
    expect(metadata.withheld).to.deep.equal(['relationships'])
  })

  it('reads an item as BatchGetResourceConfig gives it', () => {
    const { metadata, configuration } = translate({
      configuration: '{"Name":"logs","Nested":{"UpperCase":1}}',
      supplementaryConfiguration: { AccessControlList: '"{\\"owner\\":{}}"' },
      resourceCreationTime: new Date('2026-01-02T03:04:05Z'),
    })
    expect(configuration).to.deep.equal({
      Name: 'logs',
      Nested: { UpperCase: 1 },
      supplementaryConfiguration: { AccessControlList: { owner: {} } },
    })
    expect(metadata.created_at).to.equal('2026-01-02T03:04:05.000Z')
  })

  it('puts supplementary configuration beside the configuration, decoded, where there is any', () => {
    const supplementaryConfiguration = {
      AccessControlList: JSON.stringify(JSON.stringify({ owner: { id: 'x' } })),
      IsRequesterPaysEnabled: 'false',
      BucketPolicy: { policyText: null },
      Status: 'Enabled',
    }
    expect(translate({ supplementaryConfiguration }).configuration).to.deep.equal({
      name: 'logs',
      supplementaryConfiguration: {
        AccessControlList: { owner: { id: 'x' } },
        IsRequesterPaysEnabled: false,
        BucketPolicy: { policyText: null },
        Status: 'Enabled',
      },
    })
    expect(translate({ supplementaryConfiguration: {} }).configuration).to.deep.equal({ name: 'logs' })
    expect(translate({ configuration: null, supplementaryConfiguration: { a: '1' } }).configuration).to.deep.equal({
      supplementaryConfiguration: { a: '1' },
    })
  })

  const tagForms: Record<string, ConfigItem> = {
    'a list of key and value': { tags: [{ key: 'a', value: '1' }] },
    'an object': { tags: { a: '1' } },
    'supplementary configuration, as a string': {
      tags: {},
      supplementaryConfiguration: { Tags: '[{"key":"a","value":"1"}]' },
    },
    'supplementary configuration, as a list with tagKey': {
      tags: [],
      supplementaryConfiguration: { Tags: [{ tagKey: 'a', tagValue: '1' }] },
    },
    'supplementary configuration, as an object': { supplementaryConfiguration: { Tags: { a: '1' } } },
    'the configuration': { configuration: { tags: [{ key: 'a', value: '1' }] } },
    'the configuration, in upper camel case': { configuration: { Tags: [{ Key: 'a', Value: '1' }] } },
  }
  for (const [form, over] of Object.entries(tagForms)) {
    it(`reads tags from ${form}`, () => {
      expect(translate(over).metadata.labels).to.deep.equal({ a: '1' })
    })
  }

  it('keeps tags of odd names and values', () => {
    const tags = [
      { key: '__proto__', value: 'x' },
      { key: 'empty', value: null },
      { key: 'n', value: 5 },
    ]
    const { labels } = translate({ tags }).metadata
    expect(Object.entries(labels)).to.deep.equal([
      ['__proto__', 'x'],
      ['empty', ''],
      ['n', '5'],
    ])
  })

  it('identifies a resource without ARN by account, region, type and id', () => {
    expect(translate({ arn: null }).metadata.resource_id).to.equal('111122223333/eu-west-1/AWS::S3::Bucket/logs')
  })

  it('says account and region of the slice where the item does not', () => {
    const { account_id, region } = translate({ accountId: null, awsRegion: null }).metadata
    expect([account_id, region]).to.deep.equal(['111122223333', 'eu-west-1'])
  })

  it('calls the region of IAM global, whichever region reports it', () => {
    expect(translate({ resourceType: 'AWS::IAM::Role', awsRegion: 'us-east-1' }).metadata.region).to.equal('global')
    expect(translate({ awsRegion: 'global' }).metadata.region).to.equal('global')
  })

  it('calls that of a global cluster so too, which every region reports as its own', () => {
    const cluster = { resourceType: 'AWS::RDS::GlobalCluster', resourceId: 'c', arn: null }
    for (const awsRegion of ['eu-west-1', 'us-east-1']) {
      const { region, resource_id } = translate({ ...cluster, awsRegion }).metadata
      expect([region, resource_id]).to.deep.equal(['global', '111122223333/global/AWS::RDS::GlobalCluster/c'])
    }
  })

  it('knows a zone from the words that Config puts in its place', () => {
    for (const words of ['Regional', 'Multiple Availability Zones', 'Not Applicable', null]) {
      expect(translate({ availabilityZone: words }).metadata.zone).to.equal(null)
    }
    expect(translate({ availabilityZone: 'us-west-2-lax-1a' }).metadata.zone).to.equal('us-west-2-lax-1a')
  })

  it('turns every form of time into ISO 8601 UTC', () => {
    const created = (resourceCreationTime: string | number) => translate({ resourceCreationTime }).metadata.created_at
    expect(created('2020-11-02T03:28:12.399000-05:00')).to.equal('2020-11-02T08:28:12.399Z')
    expect(created('2020-11-02T03:28:12Z')).to.equal('2020-11-02T03:28:12.000Z')
    expect(created(1502443814)).to.equal('2017-08-11T09:30:14.000Z')
    expect(created('soon')).to.equal(null)
  })

  it('takes relationships under either name, with the name where there is no id', () => {
    const relationships = [
      { resourceType: 'AWS::EC2::VPC', resourceId: 'vpc-1', resourceName: null, name: 'Is contained in Vpc' },
      { resourceType: 'AWS::IAM::Policy', resourceId: null, resourceName: 'p', relationshipName: 'Is attached to' },
      {},
    ]
    expect(translate({ relationships }).relationships).to.deep.equal([
      { type: 'is contained in vpc', target: { native_type: 'AWS::EC2::VPC', native_id: 'vpc-1' } },
      { type: 'is attached to', target: { native_type: 'AWS::IAM::Policy', native_id: 'p' } },
      { type: 'is related to', target: {} },
    ])
  })

  it('refuses an item that says neither what nor which it is', () => {
    expect(() => translate({ resourceId: null })).to.throw(ExtractionError, 'without resourceType or resourceId')
    expect(() => translate({ resourceType: '' })).to.throw(ExtractionError)
  })
})
