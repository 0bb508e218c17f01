import { testContext } from '@cae/core/testing'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { assetTypesOf } from '../src/asset-types.ts'
import { gcpProvider } from '../src/index.ts'

const provider = gcpProvider({ projects: [{ project_id: 'shop' }, { project_id: 'bank', regions: ['europe-west1'] }] })
const plan = async (target = {}) =>
  (await provider.plan({ asOf: '2026-11-01T00:03:00.000Z', ...target }, testContext())).slices

describe('GCP plan', () => {
  it('has a slice for each project, all of one moment a little before the run', async () => {
    const query = { readTime: '2026-11-01T00:00:00.000Z' }
    expect(await plan()).to.deep.equal([
      { scope: 'shop', region: 'global', partition: 'resource', query },
      { scope: 'bank', region: 'global', partition: 'resource', query },
    ])
  })

  it('keeps to the projects and services asked for', async () => {
    const slices = await plan({ accounts: ['bank', '111111111111'], services: ['GKE', 'ec2'] })
    expect(slices.map(({ scope, query }) => [scope, query['services']])).to.deep.equal([['bank', ['container']]])
    expect(await plan({ services: ['ec2'] })).to.deep.equal([])
  })
})

describe('GCP asset types', () => {
  const matches = (services: string[], type: string) =>
    assetTypesOf(services).some((expression) => new RegExp(`^${expression}$`).test(type))

  it('match all types of the services, also those that the catalogue does not list', () => {
    expect(matches(['compute'], 'compute.googleapis.com/Instance')).to.equal(true)
    expect(matches(['compute'], 'compute.googleapis.com/BrandNewThing')).to.equal(true)
    expect(matches(['compute'], 'storage.googleapis.com/Bucket')).to.equal(false)
    expect(matches(['compute'], 'computexgoogleapis.com/Instance')).to.equal(false)
  })

  it('match the objects of clusters in whichever group they are', () => {
    for (const type of ['k8s.io/Pod', 'apps.k8s.io/Deployment', 'rbac.authorization.k8s.io/Role']) {
      expect(matches(['k8s'], type), type).to.equal(true)
    }
    expect(matches(['k8s'], 'notk8s.io/Pod')).to.equal(false)
  })

  it('are one expression, since one that matches nothing would be refused', () => {
    expect(assetTypesOf(['compute', 'storage', 'k8s'])).to.have.length(1)
  })
})
