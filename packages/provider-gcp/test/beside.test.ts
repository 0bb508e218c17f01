import { ExtractionError, type ErrorCode } from '@cae/core'
import { testContext } from '@cae/core/testing'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { AssetApi } from '../src/client/call.ts'
import { createBeside, loadBeside } from '../src/read/beside.ts'

describe('what is read beside the resources', () => {
  const ends: [ErrorCode, string][] = [
    ['ACCESS_DENIED', 'refused'],
    ['NOT_ENABLED', 'refused'],
    ['REQUEST_INVALID', 'refused'],
    ['SCOPE_NOT_FOUND', 'thrown'],
    ['UNAVAILABLE', 'thrown'],
    ['THROTTLED', 'thrown'],
  ]
  for (const [code, end] of ends) {
    it(`is ${end} where a listing of policies ends with ${code}`, async () => {
      const index = () => Promise.reject(new ExtractionError(code, 'no'))
      const api: AssetApi = { index, list: index, search: index }
      const beside = createBeside()
      const request = { parent: 'projects/shop', readTime: { seconds: 0 } }
      const loading = loadBeside(beside, ['iam_policy'], request, () => true, api, testContext())
      const thrown = await loading.catch((caught: unknown) => caught)
      expect(thrown ? 'thrown' : 'refused').to.equal(end)
      expect(thrown ?? beside.refused.get('iam_policy')).to.include({ code })
    })
  }
})
