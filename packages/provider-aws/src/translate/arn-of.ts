import type { JsonValue } from '@cae/core'
import type { Place } from '../client/client.ts'

// EC2's types have no ARN in CloudFormation. Source: service authorization reference; AWS Config's own ARNs.
const EC2_KINDS: Readonly<Record<string, string>> = {
  CustomerGateway: 'customer-gateway',
  DHCPOptions: 'dhcp-options',
  EIP: 'eip-allocation',
  FlowLog: 'vpc-flow-log',
  Instance: 'instance',
  InternetGateway: 'internet-gateway',
  LaunchTemplate: 'launch-template',
  NatGateway: 'natgateway',
  NetworkAcl: 'network-acl',
  NetworkInterface: 'network-interface',
  PrefixList: 'prefix-list',
  RouteTable: 'route-table',
  SecurityGroup: 'security-group',
  Subnet: 'subnet',
  TransitGateway: 'transit-gateway',
  VPC: 'vpc',
  VPCEndpoint: 'vpc-endpoint',
  VPCPeeringConnection: 'vpc-peering-connection',
  VPNConnection: 'vpn-connection',
  VPNGateway: 'vpn-gateway',
  Volume: 'volume',
}

// Types whose ARN is known from the identifier, for where the list gives no more than that.
const FORMS: Readonly<Record<string, string>> = {
  'AWS::CloudTrail::Trail': 'cloudtrail:{region}:{account}:trail/{id}',
  'AWS::CloudWatch::Alarm': 'cloudwatch:{region}:{account}:alarm:{id}',
  'AWS::DynamoDB::Table': 'dynamodb:{region}:{account}:table/{id}',
  'AWS::ECR::Repository': 'ecr:{region}:{account}:repository/{id}',
  'AWS::ECS::Cluster': 'ecs:{region}:{account}:cluster/{id}',
  'AWS::EFS::FileSystem': 'elasticfilesystem:{region}:{account}:file-system/{id}',
  'AWS::EKS::Cluster': 'eks:{region}:{account}:cluster/{id}',
  'AWS::KMS::Key': 'kms:{region}:{account}:key/{id}',
  'AWS::Kinesis::Stream': 'kinesis:{region}:{account}:stream/{id}',
  'AWS::Lambda::Function': 'lambda:{region}:{account}:function:{id}',
  'AWS::RDS::DBCluster': 'rds:{region}:{account}:cluster:{id}',
  'AWS::RDS::DBInstance': 'rds:{region}:{account}:db:{id}',
  'AWS::Redshift::Cluster': 'redshift:{region}:{account}:cluster:{id}',
  'AWS::Route53::HealthCheck': 'route53:::healthcheck/{id}',
  'AWS::Route53::HostedZone': 'route53:::hostedzone/{id}',
  'AWS::S3::Bucket': 's3:::{id}',
  ...Object.fromEntries(
    Object.entries(EC2_KINDS).map(([kind, word]) => [`AWS::EC2::${kind}`, `ec2:{region}:{account}:${word}/{id}`]),
  ),
}

/** The ARN of a resource that Cloud Control lists, where it says one or its type has a known form; else undefined. */
export function arnOf(
  type: string,
  identifier: string,
  properties: Readonly<Record<string, JsonValue>>,
  place: Place,
): string | undefined {
  const kind = type.slice(type.lastIndexOf(':') + 1)
  const own = [properties['Arn'], properties[`${kind}Arn`], properties[`${kind}ARN`], identifier]
  const said = own.find((value): value is string => typeof value === 'string' && value.startsWith('arn:'))
  if (said) return said
  const form = FORMS[type]
  if (!form) return undefined
  const { account, region } = place
  // Of an identifier of several parts, such as an Elastic IP's address and allocation, the last is the id.
  const id = identifier.slice(identifier.lastIndexOf('|') + 1)
  const values = { region, account: account.account_id, id }
  const rest = form.replace(/\{(\w+)\}/g, (_, name: string) => values[name as keyof typeof values])
  return `arn:${partitionOf(region)}:${rest}`
}

/** The part of AWS that a region is in: accounts of one are not in another. */
export function partitionOf(region: string): string {
  const own = /^(cn|us-gov|eusc)-/.exec(region)?.[1]
  return own ? `aws-${own}` : 'aws'
}
