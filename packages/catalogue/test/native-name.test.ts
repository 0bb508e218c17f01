import { entries, fromNativeName } from '@cae/catalogue'
import { expect } from 'chai'

const meaning = (name: string) => {
  const found = fromNativeName(name)
  return found && [found.provider, found.resourceType, found.listed]
}

describe("a name in a cloud's own spelling", () => {
  it('means our name of that type, in any letter case', () => {
    expect(meaning('AWS::EC2::NetworkInterface')).to.deep.equal(['aws', 'aws:ec2:network-interface', true])
    expect(meaning('aws::ec2::networkinterface')).to.deep.equal(['aws', 'aws:ec2:network-interface', true])
    expect(meaning('Microsoft.Compute/virtualMachines')).to.deep.equal([
      'azure',
      'azure:compute:virtual-machines',
      true,
    ])
    expect(meaning('compute.googleapis.com/Instance')).to.deep.equal(['gcp', 'gcp:compute:instance', true])
    expect(meaning('k8s.io/Pod')).to.deep.equal(['gcp', 'gcp:k8s:pod', true])
  })

  it('is understood for every type that the catalogue lists', () => {
    for (const { provider, nativeType, resourceType } of entries())
      expect(meaning(nativeType), nativeType).to.deep.equal([provider, resourceType, true])
  })

  it('means all that stands below it where it ends with a star', () => {
    expect(meaning('AWS::EC2::*')).to.deep.equal(['aws', 'aws:ec2:*', false])
    expect(meaning('microsoft.sql/servers/*')).to.deep.equal(['azure', 'azure:sql:servers-*', false])
    expect(meaning('Microsoft.Compute/*')).to.deep.equal(['azure', 'azure:compute:*', false])
    expect(meaning('rbac.authorization.k8s.io/*')).to.deep.equal(['gcp', 'gcp:k8s:rbac-authorization-*', false])
  })

  it('gets the name that its artifacts would have where the catalogue does not list it', () => {
    expect(meaning('AWS::EC2::BrandNewThing')).to.deep.equal(['aws', 'aws:ec2:brand-new-thing', false])
    expect(meaning('nginx.nginxplus/nginxdeployments')).to.deep.equal([
      'azure',
      'azure:nginx-nginxplus:nginxdeployments',
      false,
    ])
    expect(meaning('new.googleapis.com/Thing')).to.deep.equal(['gcp', 'gcp:new:thing', false])
  })

  it('is not what only looks a little like one', () => {
    for (const name of ['aws:ec2:instance', 'ec2', 'AWS::EC2', 'AWS::*', 'compute/instance', '*', 'a.b', '*::EC2::X'])
      expect(fromNativeName(name), name).to.equal(undefined)
  })
})
