import { expect } from 'chai'
import { describe, it } from 'mocha'
import { fromExplorer, fromProperties, propertiesOf, type Found } from '../src/unrecorded/listed-artifact.ts'

const place = { account: { account_id: '123456789012' }, region: 'eu-west-1' }
const asOf = '2026-11-01T00:00:00.000Z'
const listed = (type: string, identifier: string, properties = {}, region = place.region) =>
  fromProperties(type, identifier, properties, { place: { ...place, region }, asOf, withheld: [] })

describe('AWS resources that Cloud Control lists', () => {
  it('make the whole envelope', () => {
    const properties = {
      Arn: 'arn:aws:s3:::logs',
      BucketName: 'logs',
      Tags: [{ Key: 'env', Value: 'prod' }],
    }
    expect(listed('AWS::S3::Bucket', 'logs', properties)).to.deep.equal({
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
        zone: null,
        account_id: '123456789012',
        labels: { env: 'prod' },
        source: 'cloud-control',
        withheld: ['relationships'],
        created_at: null,
        captured_at: null,
        observed_at: asOf,
      },
      relationships: [],
      configuration: properties,
    })
  })

  const identities: [string, string, object, string][] = [
    ['AWS::EC2::Instance', 'i-0a', {}, 'arn:aws:ec2:eu-west-1:123456789012:instance/i-0a'],
    ['AWS::EC2::EIP', '52.1.2.3|eipalloc-1', {}, 'arn:aws:ec2:eu-west-1:123456789012:eip-allocation/eipalloc-1'],
    ['AWS::SNS::Topic', 'arn:aws:sns:eu-west-1:1:t', {}, 'arn:aws:sns:eu-west-1:1:t'],
    ['AWS::RDS::DBInstance', 'db', { DBInstanceArn: 'arn:aws:rds:eu-west-1:1:db:db' }, 'arn:aws:rds:eu-west-1:1:db:db'],
    [
      'AWS::AutoScaling::AutoScalingGroup',
      'asg',
      { AutoScalingGroupARN: 'arn:aws:autoscaling:eu-west-1:1:autoScalingGroup:u:autoScalingGroupName/asg' },
      'arn:aws:autoscaling:eu-west-1:1:autoScalingGroup:u:autoScalingGroupName/asg',
    ],
    // The role's ARN is not the function's.
    [
      'AWS::Lambda::Function',
      'fn',
      { RoleArn: 'arn:aws:iam::1:role/r' },
      'arn:aws:lambda:eu-west-1:123456789012:function:fn',
    ],
    ['AWS::Transfer::Server', 's-1', {}, '123456789012/eu-west-1/AWS::Transfer::Server/s-1'],
  ]
  for (const [type, identifier, properties, id] of identities) {
    it(`have the identity that Config gives them: ${type}`, () => {
      expect(listed(type, identifier, properties).metadata.resource_id).to.equal(id)
    })
  }

  it('have the partition of their region in an ARN', () => {
    const idIn = (region: string) => listed('AWS::EC2::VPC', 'vpc-1', {}, region).metadata.resource_id
    expect(idIn('cn-north-1')).to.match(/^arn:aws-cn:/)
    expect(idIn('us-gov-west-1')).to.match(/^arn:aws-us-gov:/)
    expect(idIn('eusc-de-east-1')).to.match(/^arn:aws-eusc:/)
  })

  it('have the type that Config calls them by', () => {
    const { metadata, resource_type } = listed('AWS::IAM::ManagedPolicy', 'arn:aws:iam::1:policy/p')
    expect(metadata).to.include({ native_type: 'AWS::IAM::Policy', region: 'global' })
    expect(resource_type).to.equal('aws:iam:policy')
  })

  it('take tags from a list or from an object, by whichever word', () => {
    const FileSystemTags = [{ Key: 'env', Value: 'test' }]
    expect(listed('AWS::EFS::FileSystem', 'fs-1', { FileSystemTags }).metadata.labels).to.deep.equal({ env: 'test' })
    expect(listed('AWS::SSM::Parameter', '/a', { Tags: { env: 'dev' } }).metadata.labels).to.deep.equal({ env: 'dev' })
  })

  it('are refused where their properties are no JSON object', () => {
    for (const Properties of ['nonsense', '[]', 'null', '"text"']) {
      expect(() => propertiesOf({ Properties })).to.throw('no JSON object')
    }
    expect(propertiesOf({})).to.deep.equal({})
  })
})

describe('AWS resources that Resource Explorer lists', () => {
  const found: Found = {
    Arn: 'arn:aws:ec2:eu-west-1:123456789012:instance/i-0a',
    OwningAccountId: '123456789012',
    Region: 'eu-west-1',
    ResourceType: 'ec2:instance',
    CfnResourceType: 'AWS::EC2::Instance',
    LastReportedAt: new Date('2026-10-30T12:00:00Z'),
    Properties: [{ Name: 'tags', Data: [{ Key: 'env', Value: 'prod' }] }],
  }
  const shown = (change: Partial<Found> = {}) => fromExplorer({ ...found, ...change }, { place, asOf })

  it('are shown by identity, with their tags and the age of what is known', () => {
    const { metadata, configuration } = shown()
    expect(metadata).to.include({
      resource_id: found.Arn,
      native_id: 'i-0a',
      native_type: 'AWS::EC2::Instance',
      source: 'resource-explorer',
      captured_at: '2026-10-30T12:00:00.000Z',
    })
    expect(metadata.labels).to.deep.equal({ env: 'prod' })
    expect(metadata.withheld).to.deep.equal(['configuration', 'relationships'])
    expect(configuration).to.equal(null)
  })

  it('say that tags are not known where the view has none', () => {
    expect(shown({ Properties: [] }).metadata.withheld).to.include('tags')
  })

  it('have a name of their own where CloudFormation has none for them', () => {
    const nameless = (ResourceType: string) => shown({ ResourceType, CfnResourceType: undefined })
    expect(nameless('rds:snapshot').metadata.native_type).to.equal('AWS::RDS::DBSnapshot')
    expect(nameless('emr-serverless:applications').resource_type).to.equal('aws:emr-serverless:applications')
  })

  it('are refused without ARN or type', () => {
    expect(() => shown({ Arn: undefined })).to.throw('without ARN or type')
  })
})
