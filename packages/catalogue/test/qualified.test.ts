import { expect } from 'chai'
import { resolveServices } from '@cae/catalogue'

describe('a service name that says its cloud', () => {
  it('means the service of that cloud only', () => {
    const { byProvider, unknown } = resolveServices(['azure:storage', 'AWS:ec2'], ['aws', 'azure', 'gcp'])
    expect(byProvider).to.deep.equal({ azure: ['storage'], aws: ['ec2'] })
    expect(unknown).to.deep.equal([])
  })

  it('is unknown where that cloud has no such service', () => {
    expect(resolveServices(['gcp:ec2'], ['aws', 'gcp']).unknown.map(({ name }) => name)).to.deep.equal(['gcp:ec2'])
  })
})
