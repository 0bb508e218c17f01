import { CATALOGUE_PROVIDERS, REGIONS, regionName } from '@cae/catalogue'
import { expect } from 'chai'

describe('the region names', () => {
  for (const provider of CATALOGUE_PROVIDERS) {
    it(`of ${provider} are sorted, once each, as its inventory writes them`, () => {
      const names = REGIONS[provider]
      expect(names).to.deep.equal([...new Set(names)].toSorted())
      for (const name of names) expect(name).to.match(/^[a-z]+[a-z0-9-]*$/)
    })
  }

  it('are one name for each region, however people write it', () => {
    expect(REGIONS.azure).to.include(regionName('West Europe'))
    expect(REGIONS.aws).to.include(regionName('US-East-1'))
  })
})
