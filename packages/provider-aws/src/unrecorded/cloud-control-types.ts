import { entries } from '@cae/catalogue'

/**
 * Types that Cloud Control lists without being told of a parent, by CloudFormation's names. Left out are types that
 * list what another type lists too (Neptune's and DocumentDB's clusters are RDS's as well), since each resource is read
 * once. Source: Cloud Control user guide, resource types that support Cloud Control.
 */
export const CLOUD_CONTROL_TYPES: readonly string[] = [
  'AWS::ApiGateway::RestApi',
  'AWS::ApiGatewayV2::Api',
  'AWS::Athena::WorkGroup',
  'AWS::AutoScaling::AutoScalingGroup',
  'AWS::Backup::BackupPlan',
  'AWS::Backup::BackupVault',
  'AWS::Batch::ComputeEnvironment',
  'AWS::Batch::JobQueue',
  'AWS::CloudFormation::Stack',
  'AWS::CloudFront::Distribution',
  'AWS::CloudTrail::Trail',
  'AWS::CloudWatch::Alarm',
  'AWS::Cognito::UserPool',
  'AWS::DynamoDB::Table',
  'AWS::EC2::CustomerGateway',
  'AWS::EC2::DHCPOptions',
  'AWS::EC2::EIP',
  'AWS::EC2::FlowLog',
  'AWS::EC2::Instance',
  'AWS::EC2::InternetGateway',
  'AWS::EC2::LaunchTemplate',
  'AWS::EC2::NatGateway',
  'AWS::EC2::NetworkAcl',
  'AWS::EC2::NetworkInterface',
  'AWS::EC2::PrefixList',
  'AWS::EC2::RouteTable',
  'AWS::EC2::SecurityGroup',
  'AWS::EC2::Subnet',
  'AWS::EC2::TransitGateway',
  'AWS::EC2::VPC',
  'AWS::EC2::VPCEndpoint',
  'AWS::EC2::VPCPeeringConnection',
  'AWS::EC2::VPNConnection',
  'AWS::EC2::VPNGateway',
  'AWS::EC2::Volume',
  'AWS::ECR::Repository',
  'AWS::ECS::Cluster',
  'AWS::ECS::TaskDefinition',
  'AWS::EFS::AccessPoint',
  'AWS::EFS::FileSystem',
  'AWS::EKS::Cluster',
  'AWS::ElastiCache::ReplicationGroup',
  'AWS::ElasticBeanstalk::Application',
  'AWS::ElasticLoadBalancingV2::LoadBalancer',
  'AWS::ElasticLoadBalancingV2::TargetGroup',
  'AWS::Events::EventBus',
  'AWS::GuardDuty::Detector',
  'AWS::IAM::Group',
  'AWS::IAM::InstanceProfile',
  'AWS::IAM::ManagedPolicy',
  'AWS::IAM::OIDCProvider',
  'AWS::IAM::Role',
  'AWS::IAM::SAMLProvider',
  'AWS::IAM::User',
  'AWS::KMS::Key',
  'AWS::Kinesis::Stream',
  'AWS::KinesisFirehose::DeliveryStream',
  'AWS::Lambda::Function',
  'AWS::Logs::LogGroup',
  'AWS::MSK::Cluster',
  'AWS::MWAA::Environment',
  'AWS::NetworkFirewall::Firewall',
  'AWS::OpenSearchService::Domain',
  'AWS::RDS::DBCluster',
  'AWS::RDS::DBInstance',
  'AWS::RDS::DBParameterGroup',
  'AWS::RDS::DBSubnetGroup',
  'AWS::Redshift::Cluster',
  'AWS::Route53::HealthCheck',
  'AWS::Route53::HostedZone',
  'AWS::S3::Bucket',
  'AWS::SNS::Topic',
  'AWS::SQS::Queue',
  'AWS::SSM::Document',
  'AWS::SSM::Parameter',
  'AWS::SecretsManager::Secret',
  'AWS::StepFunctions::StateMachine',
  'AWS::Transfer::Server',
]

const ONE_FOR_ALL_REGIONS = ['AWS::IAM::', 'AWS::CloudFront::', 'AWS::Route53::']

/** Whether every region lists the same resources of a type. */
export function isListedEverywhere(type: string): boolean {
  return ONE_FOR_ALL_REGIONS.some((prefix) => type.startsWith(prefix))
}

/** Those of the catalogue, by AWS Config's names. */
export const LISTED_EVERYWHERE: readonly string[] = entries('aws')
  .map(({ nativeType }) => nativeType)
  .filter(isListedEverywhere)

const CONFIG_NAMES: Readonly<Record<string, string>> = {
  'AWS::CertificateManager::Certificate': 'AWS::ACM::Certificate',
  'AWS::IAM::ManagedPolicy': 'AWS::IAM::Policy',
  'AWS::OpenSearchService::Domain': 'AWS::OpenSearch::Domain',
}

/** AWS Config's name for CloudFormation's: the same resource has the same type whichever service tells of it. */
export function configName(cloudFormationType: string): string {
  return CONFIG_NAMES[cloudFormationType] ?? cloudFormationType
}
