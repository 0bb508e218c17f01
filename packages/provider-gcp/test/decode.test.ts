import { JsonText } from '@cae/core'
import { protos } from '@google-cloud/asset'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { decodeAsset, decodeListAssets as openListAssets, indexAssets } from '../src/decode/decode.ts'
import { decodeSearch } from '../src/decode/decode-search.ts'

const { Asset, ListAssetsResponse, SearchAllResourcesResponse } = protos.google.cloud.asset.v1
type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

// A fixed sequence, so that a failure comes back.
function dice(seed: number) {
  let state = seed
  return (sides: number) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return (state >>> 8) % sides
  }
}

const TEXTS = ['', 'a', 'naïve ☃ 𝒳', 'x'.repeat(300), 'constructor', '\u0000', 'name', '日本'.repeat(20)]
const NUMBERS = [0, -0.5, 1e300, -1, 42, 2 ** 53, 0.1]

function random(roll: (sides: number) => number, depth: number): Json {
  const kind = roll(depth > 4 ? 4 : 6)
  if (kind === 0) return null
  if (kind === 1) return NUMBERS[roll(NUMBERS.length)]!
  if (kind === 2) return TEXTS[roll(TEXTS.length)]!
  if (kind === 3) return roll(2) === 0
  if (kind === 4) return Array.from({ length: roll(5) }, () => random(roll, depth + 1))
  return randomObject(roll, depth + 1)
}

function randomObject(roll: (sides: number) => number, depth: number): { [key: string]: Json } {
  return Object.fromEntries(
    Array.from({ length: roll(8) }, () => [`${TEXTS[roll(TEXTS.length)]}${roll(3) || ''}`, random(roll, depth)]),
  )
}

const toStruct = (object: { [key: string]: Json }): protos.google.protobuf.IStruct => {
  const fields: Record<string, protos.google.protobuf.IValue> = Object.create(null)
  for (const [key, value] of Object.entries(object)) fields[key] = toValue(value)
  return { fields }
}
const toValue = (value: Json): protos.google.protobuf.IValue => {
  if (value === null) return { nullValue: 'NULL_VALUE' }
  if (typeof value === 'number') return { numberValue: value }
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (Array.isArray(value)) return { listValue: { values: value.map(toValue) } }
  return { structValue: toStruct(value) }
}

// Struct of the SDK's own decoder as plain JSON, written the plain way.
const plain = (struct: protos.google.protobuf.IStruct): { [key: string]: Json } =>
  Object.fromEntries(Object.entries(struct.fields ?? {}).map(([key, value]) => [key, plainValue(value)]))
const plainValue = (value: protos.google.protobuf.IValue): Json => {
  if (value.structValue) return plain(value.structValue)
  if (value.listValue) return (value.listValue.values ?? []).map(plainValue)
  return value.stringValue ?? value.numberValue ?? value.boolValue ?? null
}

function encode(assets: protos.google.cloud.asset.v1.IAsset[], nextPageToken = ''): Uint8Array {
  return ListAssetsResponse.encode({ assets, nextPageToken }).finish()
}

function decodeListAssets(bytes: Uint8Array) {
  const { assets, ...page } = openListAssets(bytes)
  return { ...page, assets: [...assets] }
}

describe('decoding a page of assets', () => {
  it("gives the same as the SDK's own decoder for any Struct", () => {
    const roll = dice(7)
    for (let round = 0; round < 300; round++) {
      const data = toStruct(randomObject(roll, 0))
      const bytes = encode([{ name: '//n', assetType: 't', resource: { data } }])
      const expected = plain(ListAssetsResponse.decode(bytes).assets[0]!.resource!.data!)
      const actual = decodeListAssets(bytes).assets[0]!.resource!.text!
      expect(JSON.stringify(actual)).to.equal(JSON.stringify(expected))
    }
  })

  it("keeps a field called __proto__, which the SDK's own decoder drops", () => {
    const bytes = encode([{ resource: { data: toStruct(JSON.parse('{"__proto__":{"a":1}}')) } }])
    expect(decodeListAssets(bytes).assets[0]!.resource!.text!.text).to.equal('{"__proto__":{"a":1}}')
  })

  it('reads every field of the envelope', () => {
    const resource = {
      version: 'v1',
      discoveryDocumentUri: 'https://d',
      discoveryName: 'Instance',
      resourceUrl: 'https://r',
      parent: '//p',
      location: 'eu',
    }
    const page = decodeListAssets(
      encode(
        [
          {
            name: '//n',
            assetType: 't',
            resource: { ...resource, data: { fields: {} } },
            ancestors: ['projects/1', 'organizations/2'],
            updateTime: { seconds: 1_700_000_000, nanos: 123_456_789 },
          },
          {},
        ],
        'more',
      ),
    )
    expect(page).to.deep.equal({
      assets: [
        {
          name: '//n',
          assetType: 't',
          resource: { ...resource, data: {}, text: new JsonText('{}') },
          ancestors: ['projects/1', 'organizations/2'],
          updateTime: '2023-11-14T22:13:20.123Z',
        },
        { name: '', assetType: '', ancestors: [] },
      ],
      nextPageToken: 'more',
    })
  })

  it('keeps a Struct as text, and parses only what the translation looks into', () => {
    const data = { name: 'x', labels: { a: 'b' }, disks: [{ sizeGb: '10', source: 'a"b\\c\n' }], big: 1e21, none: null }
    const { resource } = decodeListAssets(encode([{ resource: { data: toStruct(data) } }])).assets[0]!
    expect(resource!.text!.text).to.equal(
      '{"name":"x","labels":{"a":"b"},"disks":[{"sizeGb":"10","source":"a\\"b\\\\c\\u000a"}],"big":1e+21,"none":null}',
    )
    expect(resource!.data).to.deep.equal({ name: 'x', labels: { a: 'b' } })
  })

  it('keeps as text what the translation seldom looks into, and notices content of our own names', () => {
    const data = { metadata: { labels: { a: 'b' } }, settings: 'none', iamPolicy: null }
    const { resource } = decodeListAssets(encode([{ resource: { data: toStruct(data) } }])).assets[0]!
    const [metadata, settings] = [new JsonText('{"labels":{"a":"b"}}'), new JsonText('"none"')]
    expect(resource!.data).to.deep.equal({ metadata, settings, iamPolicy: null })
  })

  it('escapes what JSON wants escaped, wherever in a text it stands', () => {
    const odd = ['"', '\\', '\u0000', '\u001f', ' ', '!', '#', '[', ']', '\u007f', 'é', '☃', '𝒳']
    const texts = [...Array(10).keys()].flatMap((before) =>
      odd.flatMap((one) => [0, 1, 2, 3, 4, 9].map((after) => 'a'.repeat(before) + one + 'b'.repeat(after))),
    )
    for (const text of texts) {
      const { resource } = decodeListAssets(encode([{ resource: { data: toStruct({ name: text, [text]: 1 }) } }]))
        .assets[0]!
      expect(JSON.parse(resource!.text!.text)).to.deep.equal({ name: text, [text]: 1 })
      expect(resource!.data).to.deep.equal({ name: text })
    }
  })

  it('gives JSON or refuses, whichever byte of a Struct is wrong', () => {
    const data = { name: 'x', labels: { a: 'b"c' }, disks: [{ sizeGb: 10, boot: true }], none: null, list: ['é', []] }
    const bytes = encode([{ resource: { data: toStruct(data) } }])
    for (let at = 0; at < bytes.length; at++) {
      for (const wrong of [0, 1, 10, 26, 0x7f, 0x80, 0xff]) {
        const broken = Uint8Array.from(bytes)
        broken[at] = wrong
        let text: string | undefined
        try {
          text = decodeListAssets(broken).assets[0]?.resource?.text?.text
        } catch (thrown) {
          expect(thrown).to.be.instanceOf(Error)
        }
        if (text !== undefined) expect(() => JSON.parse(text), text).to.not.throw()
      }
    }
  })

  it('parses a Struct that is encoded in an odd order, as before', () => {
    // { fields: { a: "b" } } with the value of the entry before its key.
    const struct = [0x0a, 8, 0x12, 3, 0x1a, 1, 98, 0x0a, 1, 97]
    const resource = [50, struct.length, ...struct]
    const asset = [0x1a, resource.length, ...resource]
    const page = Uint8Array.from([18, asset.length, ...asset])
    expect(decodeListAssets(page).assets[0]!.resource).to.deep.equal({ data: { a: 'b' } })
  })

  it('reads an empty page', () => {
    expect(decodeListAssets(new Uint8Array())).to.deep.equal({ assets: [], nextPageToken: '' })
  })

  it('skips what it does not know and content that was not asked for', () => {
    const bytes = encode([{ name: '//n', osInventory: { name: 'x' }, accessLevel: { name: 'y' } }])
    // Field 1000 of the response, a string.
    const unknown = Uint8Array.from([0xc2, 0x3e, 3, 97, 98, 99])
    const { assets } = decodeListAssets(Buffer.concat([unknown, bytes, unknown]))
    expect(assets).to.deep.equal([{ name: '//n', assetType: '', ancestors: [] }])
  })

  it('refuses bytes that end too early', () => {
    const bytes = encode([{ name: '//n', assetType: 'a-long-enough-type' }])
    for (const cut of [1, 5, 12]) expect(() => openListAssets(bytes.subarray(0, bytes.length - cut))).to.throw()
  })
})

// Any policy and relationship, in the SDK's own terms.
function randomAsset(roll: (sides: number) => number): protos.google.cloud.asset.v1.IAsset {
  const text = () => TEXTS[roll(TEXTS.length)]!
  const some = <T>(most: number, make: () => T) => Array.from({ length: roll(most + 1) }, make)
  const maybe = <T extends object>(fields: T): T | object => (roll(2) === 0 ? fields : {})
  const binding = () => ({
    role: text(),
    members: some(4, text),
    ...maybe({ condition: { expression: text(), title: text(), ...maybe({ description: text(), location: text() }) } }),
  })
  const audit = () => ({
    service: text(),
    auditLogConfigs: some(3, () => ({ logType: roll(4), exemptedMembers: some(2, text) })),
  })
  const policy = {
    version: roll(4),
    etag: Buffer.from(text()),
    bindings: some(5, binding),
    auditConfigs: some(2, audit),
  }
  const related = { asset: text(), assetType: text(), ancestors: some(3, text), relationshipType: text() }
  return { name: text(), assetType: text(), ...maybe({ iamPolicy: policy }), ...maybe({ relatedAsset: related }) }
}

describe('decoding what stands beside resources', () => {
  it("gives the same as the SDK's own decoder for any policy and relationship", () => {
    const roll = dice(11)
    for (let round = 0; round < 300; round++) {
      const bytes = encode([randomAsset(roll), randomAsset(roll)])
      const theirs = ListAssetsResponse.decode(bytes).assets.map((asset) =>
        Asset.toObject(asset as never, { bytes: String, enums: String }),
      )
      const ours = decodeListAssets(bytes).assets
      for (const [n, asset] of ours.entries()) {
        expect(asset.iamPolicy).to.deep.equal(theirs[n]!['iamPolicy'])
        if (!theirs[n]!['relatedAsset']) expect(asset.relatedAsset).to.equal(undefined)
        else expect(asset.relatedAsset).to.deep.equal({ ancestors: [], ...(theirs[n]!['relatedAsset'] as object) })
      }
    }
  })

  it('finds assets in a page without decoding them, each of which decodes by itself', () => {
    const roll = dice(13)
    const bytes = encode(
      Array.from({ length: 40 }, () => randomAsset(roll)),
      'more',
    )
    const { places, nextPageToken } = indexAssets(bytes)
    expect(nextPageToken).to.equal('more')
    const { assets } = decodeListAssets(bytes)
    expect(places.map(({ name, assetType }) => [name, assetType])).to.deep.equal(
      assets.map(({ name, assetType }) => [name, assetType]),
    )
    expect(places.map(({ start, end }) => decodeAsset(bytes.subarray(start, end)))).to.deep.equal(assets)
  })

  it('reads of a search what is counted', () => {
    const bytes = SearchAllResourcesResponse.encode({
      results: [
        { name: '//n', assetType: 'a/B', createTime: { seconds: 1_700_000_000 }, labels: { a: 'b' }, location: 'eu' },
        { assetType: 'c/D' },
      ],
      nextPageToken: 'more',
    }).finish()
    expect(decodeSearch(bytes)).to.deep.equal({
      found: [
        { name: '//n', assetType: 'a/B', created: Date.parse('2023-11-14T22:13:20.000Z') },
        { name: '', assetType: 'c/D' },
      ],
      nextPageToken: 'more',
    })
  })
})
