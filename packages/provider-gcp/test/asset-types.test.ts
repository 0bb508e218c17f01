import { ExtractionError } from '@cae/core'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import {
  assetTypesOf,
  complement,
  hostsOf,
  isExcepted,
  wideAssetTypesOf,
  type TypeSelection,
} from '../src/asset-types.ts'

const matches = (selection: TypeSelection, type: string) =>
  (assetTypesOf(selection) ?? ['.*']).some((expression) => new RegExp(`^(?:${expression})$`).test(type))

describe('GCP asset types', () => {
  it('match all types of the services, also those that the catalogue does not list', () => {
    const only = hostsOf(['compute'])
    expect(matches({ only }, 'compute.googleapis.com/Instance')).to.equal(true)
    expect(matches({ only }, 'compute.googleapis.com/BrandNewThing')).to.equal(true)
    expect(matches({ only }, 'storage.googleapis.com/Bucket')).to.equal(false)
    expect(matches({ only }, 'computexgoogleapis.com/Instance')).to.equal(false)
  })

  it('match the objects of clusters in whichever group they are', () => {
    const only = hostsOf(['k8s'])
    for (const type of ['k8s.io/Pod', 'apps.k8s.io/Deployment', 'rbac.authorization.k8s.io/Role']) {
      expect(matches({ only }, type), type).to.equal(true)
    }
    expect(matches({ only }, 'notk8s.io/Pod')).to.equal(false)
  })

  it('are one expression, since one that matches nothing would be refused', () => {
    expect(assetTypesOf({ only: hostsOf(['compute', 'storage', 'k8s']) })).to.have.length(1)
    expect(assetTypesOf({})).to.equal(undefined)
  })

  it('are never none, which as an expression would match nothing', () => {
    expect(() => assetTypesOf({ only: [] }))
      .to.throw(ExtractionError, 'no asset types')
      .with.property('code', 'INTERNAL')
  })

  it('leave out single types of a host', () => {
    const selection = {
      only: ['compute.googleapis.com', 'storage.googleapis.com'],
      except: ['compute.googleapis.com/Instance', 'compute.googleapis.com/Disk'],
    }
    const inside = ['Instances', 'InstanceGroup', 'Dis', 'DiskType', 'Network', 'I']
    for (const kind of inside) expect(matches(selection, `compute.googleapis.com/${kind}`), kind).to.equal(true)
    for (const kind of ['Instance', 'Disk'])
      expect(matches(selection, `compute.googleapis.com/${kind}`)).to.equal(false)
    expect(matches(selection, 'storage.googleapis.com/Instance')).to.equal(true)
    expect(isExcepted('compute.googleapis.com/Disk', selection)).to.equal(true)
    expect(isExcepted('compute.googleapis.com/Network', selection)).to.equal(false)
    expect(new RegExp(wideAssetTypesOf(selection)![0]!).test('compute.googleapis.com/Disk')).to.equal(true)
  })

  it('leave out whole hosts, and no host beside them', () => {
    const except = ['compute.googleapis.com', 'networking.k8s.io', 'k8s.io', 'cloudkms.googleapis.com']
    for (const host of except) expect(matches({ except }, `${host}/Any`), host).to.equal(false)
    const others = [
      'computer.googleapis.com',
      'comp.googleapis.com',
      'compute.k8s.io',
      'networking.googleapis.com',
      'a.b.k8s.io',
      'apps.k8s.io',
      'cloud.googleapis.com',
      'new.example.com',
    ]
    for (const host of others) expect(matches({ except }, `${host}/Any`), host).to.equal(true)
  })

  it('need no more than RE2 has, and stay short', () => {
    const hosts = Array.from(
      { length: 60 },
      (_, n) => `${hostsOf(['compute', 'storage', 'bigquery'])[n % 3]!.split('.')[0]}${n}.googleapis.com`,
    )
    const [expression] = assetTypesOf({ except: hosts })!
    expect(expression).to.not.match(/\(\?[=!<]|\\\d/)
    expect(expression!.length).to.be.lessThan(6000)
  })

  it('complement any set of words', () => {
    const words = ['a', 'ab', 'b-c', 'x.y', 'abc(']
    const pattern = new RegExp(`^${complement(words, '/')}$`)
    for (const word of words) expect(pattern.test(word), word).to.equal(false)
    for (const word of ['', 'abc', 'b', 'b-', 'b-cd', 'xzy', 'x', 'z', 'abcd'])
      expect(pattern.test(word), word).to.equal(true)
  })
})
