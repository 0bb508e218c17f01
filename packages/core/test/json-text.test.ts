import { expect } from 'chai'
import { describe, it } from 'mocha'
import { artifactJson, artifactsJson, JsonText, jsonTextAt, jsonValue, type JsonValue } from '../src/index.ts'
import { testArtifact } from '../src/testing/index.ts'

const VALUES: readonly JsonValue[] = [
  {},
  [],
  '',
  0,
  -0.5,
  1e21,
  1.5e-7,
  true,
  false,
  null,
  { a: [], b: {}, c: [[{}], [null, true]], d: 'x "quoted" \\ / \b\f\n\r\t \u0001' },
  [{ key: 'team', value: 'platform' }, -12, [[['deep']]], { '': { '': '' } }],
]

// The same on every run: a test that fails must fail again.
function randomNumbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('JSON that stays text', () => {
  it('begins anywhere in a text and ends where the value ends', () => {
    for (const value of VALUES) {
      const text = JSON.stringify(value)
      expect(jsonTextAt(`{"a":${text},"b":1}`, 5)?.text).to.equal(text)
      expect(jsonTextAt(text, 0)?.text).to.equal(text)
    }
  })

  it('is what a parser accepts, and nothing else, however a text is broken', () => {
    const random = randomNumbers(7)
    const pieces = ['"', '\\', '{', '}', '[', ']', ',', ':', '0', '1', '.', '-', '+', 'e', 'u', 'n', 'true', '\u0001']
    let broken = 0
    for (let round = 0; round < 50_000; round++) {
      const text = JSON.stringify(VALUES[random(VALUES.length)])
      const at = random(text.length + 1)
      const other = text.slice(0, at) + pieces[random(pieces.length)]! + text.slice(at + random(3))
      const kept = jsonTextAt(other, 0)?.text
      if (kept !== undefined) expect(isJson(kept), kept).to.equal(true)
      expect(kept === other, other).to.equal(isJson(other))
      if (!isJson(other)) broken++
    }
    expect(broken).to.be.greaterThan(10_000)
  })

  it('is cut nowhere: a value that does not end has no text', () => {
    const text = JSON.stringify(VALUES.at(-2))
    for (let length = 0; length < text.length; length++) expect(jsonTextAt(text.slice(0, length), 0)).to.equal(null)
  })

  it('is left to a parser where it has white space, characters beyond ASCII, very many levels or very many characters', () => {
    const huge = JSON.stringify('x'.repeat(2 ** 20))
    for (const text of [
      '{ "a":1}',
      '{"a":1\n}',
      '{"a":"é"}',
      '{"a":"日本"}',
      '['.repeat(300) + ']'.repeat(300),
      huge,
    ]) {
      expect(isJson(text)).to.equal(true)
      expect(jsonTextAt(text, 0), text.slice(0, 20)).to.equal(null)
    }
  })

  it('is as good as its value to JSON.stringify and to whoever asks for the value', () => {
    const text = new JsonText('{"a":[1,2]}')
    expect(JSON.stringify({ text })).to.equal('{"text":{"a":[1,2]}}')
    expect(jsonValue(text)).to.deep.equal({ a: [1, 2] })
    expect(jsonValue('plain')).to.equal('plain')
  })
})

describe('artifactJson', () => {
  it('means the same whether the configuration is text or a value', () => {
    const artifact = { ...testArtifact(1), configuration: { a: 'x', tags: [] } }
    const withText = { ...artifact, configuration: new JsonText(JSON.stringify(artifact.configuration)) }
    expect(artifactJson(artifact)).to.equal(JSON.stringify(artifact))
    expect(JSON.parse(artifactJson(withText))).to.deep.equal(artifact)
  })

  it('keeps numbers that JavaScript would round', () => {
    const configuration = jsonTextAt('{"id":12345678901234567890}', 0)!
    expect(artifactJson({ ...testArtifact(1), configuration })).to.contain(
      '"configuration":{"id":12345678901234567890}}',
    )
  })
})

describe('artifactsJson', () => {
  const list = { before: '[', between: ',', after: ']' }

  it('frames artifacts, however many there are and however long they become', () => {
    for (const count of [0, 1, 3, 400]) {
      const artifacts = Array.from({ length: count }, (_, n) => ({
        ...testArtifact(n),
        configuration: n % 2 === 0 ? { text: 'Zoë 東京'.repeat(n) } : new JsonText(`{"text":"${'x'.repeat(30 * n)}"}`),
      }))
      const json = artifactsJson(artifacts, list).toString()
      expect(json).to.equal(`[${artifacts.map((artifact) => artifactJson(artifact)).join(',')}]`)
      expect(JSON.parse(json)).to.deep.equal(JSON.parse(JSON.stringify(artifacts)))
    }
  })
})
