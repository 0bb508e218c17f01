import { ExtractionError, JsonText, jsonValue } from '@cae/core'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { parseItem } from '../src/translate/parse-item.ts'
import { toArtifact } from '../src/translate/translate.ts'

const ORIGIN = { account: '123456789012', region: 'us-east-1', asOf: '2026-01-01T00:00:00.000Z' }
const ITEM = { resourceType: 'AWS::S3::Bucket', resourceId: 'b', arn: 'arn:aws:s3:::b', accountId: '123456789012' }

const ROWS = {
  'a configuration': { ...ITEM, configuration: { name: 'b', owner: { id: 'x' } }, tags: [{ key: 'a', value: 'b' }] },
  'a configuration before all else': { configuration: { name: 'b' }, ...ITEM },
  'a configuration that is empty': { ...ITEM, configuration: {}, supplementaryConfiguration: { Policy: '{"a":1}' } },
  'a configuration that is null': { ...ITEM, configuration: null },
  'a configuration encoded in a string': { ...ITEM, configuration: '{"name":"b"}' },
  'a configuration that is a list': { ...ITEM, configuration: [1, 2] },
  'no configuration': ITEM,
  'characters beyond ASCII': { ...ITEM, configuration: { name: 'bücket' }, tags: [{ key: 'Ä', value: '日本' }] },
  'supplementary configuration': {
    ...ITEM,
    configuration: { name: 'b' },
    supplementaryConfiguration: { Acl: '"{\\"grantee\\":\\"x\\"}"' },
  },
  'supplementary configuration twice': {
    ...ITEM,
    configuration: { supplementaryConfiguration: 1 },
    supplementaryConfiguration: { Acl: 'x' },
  },
  'another configuration deeper in it': {
    ...ITEM,
    supplementaryConfiguration: { inner: { configuration: { name: 'wrong' } } },
    configuration: { name: 'b' },
  },
  'only another configuration deeper in it': {
    ...ITEM,
    configuration: null,
    tags: [],
    supplementaryConfiguration: { inner: { configuration: { name: 'deep' } } },
  },
  'the word in a string': { ...ITEM, resourceName: '"configuration":{"a":1}', configuration: { name: 'b' } },
  'tags in the configuration only': { ...ITEM, tags: [], configuration: { tags: [{ key: 'a', value: 'b' }] } },
  'Tags in the configuration only': { ...ITEM, configuration: { Tags: { a: 'b' } } },
  'tags deep in the configuration': {
    ...ITEM,
    tags: [],
    configuration: { inner: { tags: [{ key: 'a', value: 'b' }] } },
  },
}

describe('a row of SelectResourceConfig', () => {
  for (const [what, row] of Object.entries(ROWS)) {
    it(`makes the artifact that its parsed value makes, with ${what}`, () => {
      const text = JSON.stringify(row)
      const artifact = toArtifact(parseItem(text), ORIGIN)
      const plain = toArtifact(JSON.parse(text), ORIGIN)
      expect({ ...artifact, configuration: jsonValue(artifact.configuration) }).to.deep.equal(plain)
    })
  }

  it('keeps its configuration as text', () => {
    const item = parseItem(JSON.stringify(ROWS['a configuration']))
    expect(item.configuration).to.be.instanceOf(JsonText)
  })

  it('is refused where it is no JSON, wherever it is broken', () => {
    const text = JSON.stringify(ROWS['a configuration'])
    for (let at = 0; at < text.length; at++) {
      expect(() => parseItem(text.slice(0, at)), text.slice(0, at))
        .to.throw(ExtractionError)
        .with.property('code', 'RESPONSE_INVALID')
    }
    expect(() => parseItem(text.replace('"name":"b"', '"name":b')))
      .to.throw(ExtractionError)
      .with.property('code', 'RESPONSE_INVALID')
  })
})
