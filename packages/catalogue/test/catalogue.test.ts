import { ResourceType } from '@aws-sdk/client-config-service'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { ALIASES } from '../src/aliases.ts'
import { AWS_TYPES } from '../src/aws-types.ts'
import { CATALOGUE_PROVIDERS, entries, nameOf, nearest, resolveServices, services } from '../src/index.ts'

describe('catalogue', () => {
  it('lists exactly the resource types that the AWS SDK names', () => {
    expect(AWS_TYPES).to.deep.equal(Object.values(ResourceType).toSorted())
  })

  it('gives every type of every provider a name that no other has', () => {
    const names = entries().map(({ resourceType }) => resourceType)
    expect(names.filter((name, i) => names.indexOf(name) !== i)).to.deep.equal([])
    for (const name of names) expect(name).to.match(/^(aws|azure|gcp):[a-z0-9-]+:[a-z0-9-]+$/)
  })

  it('lists services sorted, once each', () => {
    for (const provider of CATALOGUE_PROVIDERS) {
      expect(services(provider)).to.deep.equal([...new Set(services(provider))].toSorted())
    }
    expect(services('aws')).to.include.members(['ec2', 's3', 'iam', 'lambda'])
    expect(services('azure')).to.include.members(['compute', 'storage', 'resources'])
    expect(services('gcp')).to.include.members(['compute', 'storage', 'k8s'])
  })

  const names = [
    ['aws', 'AWS::EC2::NetworkInterface', 'aws:ec2:network-interface'],
    ['aws', 'AWS::EC2::EIP', 'aws:ec2:eip'],
    ['aws', 'AWS::EC2::VPCEndpoint', 'aws:ec2:vpc-endpoint'],
    ['aws', 'AWS::RDS::DBInstance', 'aws:rds:db-instance'],
    ['aws', 'AWS::EC2::EC2Fleet', 'aws:ec2:ec2-fleet'],
    ['aws', 'AWS::DataSync::LocationFSxLustre', 'aws:datasync:location-fsx-lustre'],
    ['aws', 'AWS::ElasticLoadBalancingV2::LoadBalancer', 'aws:elasticloadbalancingv2:load-balancer'],
    ['aws', 'MyOrg::Widgets::BigOne', 'aws:myorg-widgets:big-one'],
    ['aws', 'nonsense', 'aws:nonsense:unknown'],
    ['azure', 'microsoft.compute/virtualmachines', 'azure:compute:virtual-machines'],
    ['azure', 'Microsoft.Compute/VirtualMachines', 'azure:compute:virtual-machines'],
    ['azure', 'microsoft.sql/servers/databases', 'azure:sql:servers-databases'],
    ['azure', 'microsoft.network/publicipaddresses', 'azure:network:public-ip-addresses'],
    ['azure', 'microsoft.resources/subscriptions/resourcegroups', 'azure:resources:subscriptions-resource-groups'],
    ['azure', 'microsoft.management/managementgroups', 'azure:management:management-groups'],
    ['azure', 'microsoft.newthing/somewidgets/parts', 'azure:newthing:somewidgets-parts'],
    ['azure', 'nginx.nginxplus/nginxdeployments', 'azure:nginx-nginxplus:nginxdeployments'],
    ['gcp', 'compute.googleapis.com/Instance', 'gcp:compute:instance'],
    ['gcp', 'compute.googleapis.com/TargetHttpsProxy', 'gcp:compute:target-https-proxy'],
    ['gcp', 'k8s.io/Pod', 'gcp:k8s:pod'],
    ['gcp', 'rbac.authorization.k8s.io/Role', 'gcp:k8s:rbac-authorization-role'],
    ['gcp', 'new.googleapis.com/HTTPThing', 'gcp:new:http-thing'],
  ] as const
  for (const [provider, nativeType, expected] of names) {
    it(`names ${nativeType} ${expected}`, () => {
      const name = nameOf(provider, nativeType)
      expect(name.resourceType).to.equal(expected)
      expect(name.service).to.equal(expected.split(':')[1])
    })
  }

  it('understands a name that two clouds share as both', () => {
    const { byProvider, unknown } = resolveServices(['EC2', ' s3', 'compute', 'Storage'], CATALOGUE_PROVIDERS)
    expect(byProvider).to.deep.equal({
      aws: ['ec2', 's3'],
      azure: ['compute', 'storage'],
      gcp: ['compute', 'storage'],
    })
    expect(unknown).to.deep.equal([])
  })

  it('understands the names that people use, and names each service once', () => {
    expect(resolveServices(['elbv2', 'alb', 'gke'], CATALOGUE_PROVIDERS).byProvider).to.deep.equal({
      aws: ['elasticloadbalancingv2'],
      gcp: ['container'],
    })
  })

  it('has no alias that leads nowhere or hides a service', () => {
    for (const provider of CATALOGUE_PROVIDERS) {
      for (const [alias, service] of Object.entries(ALIASES[provider])) {
        expect(services(provider), `${provider} ${alias}`).to.include(service).and.not.include(alias)
      }
    }
  })

  it('reports unknown names with the nearest known ones', () => {
    const { byProvider, unknown } = resolveServices(['lamda', 'constructor', 'qqqqqqqq'], ['aws'])
    expect(byProvider).to.deep.equal({})
    expect(unknown.map(({ name }) => name)).to.deep.equal(['lamda', 'constructor', 'qqqqqqqq'])
    expect(unknown[0]?.nearest[0]).to.equal('lambda')
    expect(unknown[2]?.nearest).to.deep.equal([])
  })

  it('knows only the services of the providers that were asked for', () => {
    expect(resolveServices(['ec2'], ['gcp']).unknown.map(({ name }) => name)).to.deep.equal(['ec2'])
  })

  it('finds the nearest names in any letter case, the nearest first', () => {
    expect(nearest('Storag', ['storages', 'storage', 'sql'])).to.deep.equal(['storage', 'storages'])
    expect(nearest('abcdefghi', ['abcdef', 'abcde']), 'a third longer, and more').to.deep.equal(['abcdef'])
  })
})
