import { ConfigServiceClient } from '@aws-sdk/client-config-service'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { leanClient } from '../src/client/lean-client.ts'
import { partsOf, type Deserializer } from '../src/client/rows-apart.ts'

/** A body as AWS Config writes it: the rows are JSON in texts. */
const bodyOf = (rows: readonly unknown[], rest: object = {}) =>
  Buffer.from(JSON.stringify({ QueryInfo: { SelectFields: [{ Name: 'arn' }] }, Results: rows, ...rest }))

const ROWS = [
  { arn: 'arn:aws:s3:::one', configuration: { policy: '{"Statement":["a","{b}","{c"]}' }, tags: [] },
  { name: 'Zoë, 東京 🗼', note: 'ends in a backslash \\', list: [{}, { '"}","{"': '}"]' }] },
  {},
].map((row) => JSON.stringify(row))

describe('The rows of a query', () => {
  it('come out of the answer as the SDK would give them, whatever is in them', () => {
    const parts = partsOf(bodyOf(ROWS, { NextToken: 'next' }))!
    expect(parts.rows).to.deep.equal(ROWS)
    expect(JSON.parse(parts.rest)).to.deep.equal({
      QueryInfo: { SelectFields: [{ Name: 'arn' }] },
      Results: [],
      NextToken: 'next',
    })
  })

  it('are found where the answer is a part of a larger piece of memory', () => {
    const body = bodyOf(ROWS)
    const larger = Buffer.concat([Buffer.from('{"Results":["{}"]}'), body, Buffer.from('"}')])
    expect(partsOf(larger.subarray(18, 18 + body.length))!.rows).to.deep.equal(ROWS)
  })

  const left: Record<string, Uint8Array> = {
    'without rows': bodyOf([]),
    'without Results': Buffer.from('{"ConfigurationRecorders":[]}'),
    'where a row is no object': bodyOf(['{}', 'null', '{}']),
    'where a row is no text': Buffer.from('{"Results":["{}",{"a":"}"}]}'),
    'with white space': Buffer.from(JSON.stringify({ Results: ROWS }, null, 1)),
    'that ends early': bodyOf(ROWS).subarray(0, 60),
  }
  for (const [what, body] of Object.entries(left)) {
    it(`are left to the SDK in an answer ${what}`, () => expect(partsOf(body)).to.equal(undefined))
  }

  it('come by the client of AWS Config, with all else that the answer says', async () => {
    const client = new ConfigServiceClient({ region: 'us-east-1' })
    leanClient(client)
    const { deserializer } = client.config.protocol as unknown as { readonly deserializer: Deserializer }
    const schema = [3, 'test', 'Answer', 0, ['Results', 'NextToken'], [64, 0]]
    const texts: (string | Uint8Array)[] = []
    const { parse } = JSON
    JSON.parse = ((text: string, reviver?: never) => (texts.push(text), parse(text, reviver))) as typeof parse
    const answer = await deserializer.read(schema, bodyOf(ROWS, { NextToken: 'next' })).finally(() => {
      JSON.parse = parse
    })
    expect(answer).to.deep.equal({ Results: ROWS, NextToken: 'next' })
    // None of them is the whole answer.
    expect(texts).to.have.lengthOf(ROWS.length + 1)
  })
})
