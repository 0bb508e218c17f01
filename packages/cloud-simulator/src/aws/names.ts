/** What CloudFormation and Resource Explorer call a type of the estate, which is known there by AWS Config's name. */
export interface OtherNames {
  /** CloudFormation's name; Config's where absent. */
  readonly cloudFormation?: string
  /** Properties of the primary identifier, each a template; none where CloudFormation knows no such type. */
  readonly identifier?: Readonly<Record<string, string>>
  /** The property that holds the ARN, where the type has one. */
  readonly arn?: string
  /** Properties that AWS Config's configuration does not have. */
  readonly more?: Readonly<Record<string, string>>
  /** CloudFormation knows the type, but Cloud Control can't list it. */
  readonly unlisted?: true
  /** As Resource Explorer has it: service and kind, as in the ARN. */
  readonly explorer: string
}

/** By alias. Source: CloudFormation's template reference; supported types of Resource Explorer. */
export const OTHER_NAMES: Readonly<Record<string, OtherNames>> = {
  role: { identifier: { RoleName: '{{name}}' }, arn: 'Arn', explorer: 'iam:role' },
  user: { identifier: { UserName: '{{name}}' }, arn: 'Arn', explorer: 'iam:user' },
  policy: {
    cloudFormation: 'AWS::IAM::ManagedPolicy',
    identifier: { PolicyArn: '{{arn}}' },
    arn: 'PolicyArn',
    explorer: 'iam:policy',
  },
  key: { identifier: { KeyId: '{{id}}' }, arn: 'Arn', explorer: 'kms:key' },
  secret: { identifier: { Id: '{{arn}}' }, explorer: 'secretsmanager:secret' },
  certificate: {
    cloudFormation: 'AWS::CertificateManager::Certificate',
    identifier: { Id: '{{arn}}' },
    unlisted: true,
    explorer: 'acm:certificate',
  },
  trail: { identifier: { TrailName: '{{name}}' }, arn: 'Arn', explorer: 'cloudtrail:trail' },
  vpc: { identifier: { VpcId: '{{id}}' }, explorer: 'ec2:vpc' },
  subnet: { identifier: { SubnetId: '{{id}}' }, explorer: 'ec2:subnet' },
  sg: { identifier: { Id: '{{id}}' }, explorer: 'ec2:security-group' },
  routeTable: { identifier: { RouteTableId: '{{id}}' }, explorer: 'ec2:route-table' },
  eni: { identifier: { Id: '{{id}}' }, explorer: 'ec2:network-interface' },
  igw: { identifier: { InternetGatewayId: '{{id}}' }, explorer: 'ec2:internet-gateway' },
  nat: { identifier: { NatGatewayId: '{{id}}' }, explorer: 'ec2:natgateway' },
  eip: { identifier: { PublicIp: '{{name}}', AllocationId: '{{id}}' }, explorer: 'ec2:elastic-ip' },
  loadBalancer: {
    identifier: { LoadBalancerArn: '{{arn}}' },
    arn: 'LoadBalancerArn',
    explorer: 'elasticloadbalancing:loadbalancer/app',
  },
  bucket: {
    identifier: { BucketName: '{{id}}' },
    arn: 'Arn',
    more: { RegionalDomainName: '{{id}}.s3.{{region}}.amazonaws.com' },
    explorer: 's3:bucket',
  },
  dbCluster: { identifier: { DBClusterIdentifier: '{{name}}' }, arn: 'DBClusterArn', explorer: 'rds:cluster' },
  dbInstance: { identifier: { DBInstanceIdentifier: '{{name}}' }, arn: 'DBInstanceArn', explorer: 'rds:db' },
  dbSnapshot: { explorer: 'rds:snapshot' },
  table: { identifier: { TableName: '{{id}}' }, arn: 'Arn', explorer: 'dynamodb:table' },
  topic: { identifier: { TopicArn: '{{arn}}' }, arn: 'TopicArn', explorer: 'sns:topic' },
  queue: { identifier: { QueueUrl: '{{id}}' }, arn: 'Arn', explorer: 'sqs:queue' },
  stream: { identifier: { Name: '{{id}}' }, arn: 'Arn', explorer: 'kinesis:stream' },
  fileSystem: { identifier: { FileSystemId: '{{id}}' }, arn: 'Arn', explorer: 'elasticfilesystem:file-system' },
  warehouse: { identifier: { ClusterIdentifier: '{{id}}' }, explorer: 'redshift:cluster' },
  volume: { identifier: { VolumeId: '{{id}}' }, explorer: 'ec2:volume' },
  instance: { identifier: { InstanceId: '{{id}}' }, explorer: 'ec2:instance' },
  function: { identifier: { FunctionName: '{{id}}' }, arn: 'Arn', explorer: 'lambda:function' },
  stack: { identifier: { StackId: '{{arn}}' }, explorer: 'cloudformation:stack' },
  alarm: { identifier: { AlarmName: '{{name}}' }, arn: 'Arn', explorer: 'cloudwatch:alarm' },
  ecsCluster: { identifier: { ClusterName: '{{name}}' }, arn: 'Arn', explorer: 'ecs:cluster' },
  ecsService: { identifier: { ServiceArn: '{{arn}}', Cluster: 'default' }, unlisted: true, explorer: 'ecs:service' },
  taskDefinition: {
    identifier: { TaskDefinitionArn: '{{arn}}' },
    arn: 'TaskDefinitionArn',
    explorer: 'ecs:task-definition',
  },
  eksCluster: { identifier: { Name: '{{id}}' }, arn: 'Arn', explorer: 'eks:cluster' },
  repository: { identifier: { RepositoryName: '{{id}}' }, arn: 'Arn', explorer: 'ecr:repository' },
  autoScalingGroup: {
    identifier: { AutoScalingGroupName: '{{name}}' },
    arn: 'AutoScalingGroupARN',
    explorer: 'autoscaling:autoScalingGroup',
  },
}

/** Types that Cloud Control lists and that the estate has none of. */
export const EMPTY_TYPES: ReadonlySet<string> = new Set(
  `ApiGateway::RestApi ApiGatewayV2::Api AppSync::GraphQLApi Athena::WorkGroup Backup::BackupPlan Backup::BackupVault
  Batch::ComputeEnvironment Batch::JobQueue CloudFront::Distribution CodeBuild::Project CodePipeline::Pipeline
  Cognito::UserPool DMS::ReplicationInstance DocDB::DBCluster EC2::CustomerGateway EC2::DHCPOptions EC2::FlowLog
  EC2::LaunchTemplate EC2::NetworkAcl EC2::PrefixList EC2::TransitGateway EC2::VPCEndpoint EC2::VPCPeeringConnection
  EC2::VPNConnection EC2::VPNGateway ElastiCache::ReplicationGroup ElasticBeanstalk::Application
  ElasticLoadBalancing::LoadBalancer ElasticLoadBalancingV2::TargetGroup Events::EventBus Events::Rule FSx::FileSystem
  Glue::Crawler Glue::Job GuardDuty::Detector IAM::Group IAM::InstanceProfile IAM::OIDCProvider IAM::SAMLProvider
  Kinesis::StreamConsumer KinesisFirehose::DeliveryStream KMS::Alias Lambda::LayerVersion Logs::LogGroup MSK::Cluster
  MWAA::Environment NetworkFirewall::Firewall OpenSearchService::Domain RDS::DBSubnetGroup RDS::DBParameterGroup
  Route53::HostedZone Route53::HealthCheck S3::AccessPoint SageMaker::NotebookInstance SSM::Document SSM::Parameter
  ServiceDiscovery::Service StepFunctions::StateMachine Transfer::Server WAFv2::IPSet WorkSpaces::Workspace
  Neptune::DBCluster CloudFront::Function DynamoDB::GlobalTable EFS::AccessPoint EKS::FargateProfile`
    .split(/\s+/)
    .map((name) => `AWS::${name}`),
)
