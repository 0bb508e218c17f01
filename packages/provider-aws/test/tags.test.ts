import { SelectResourceConfigCommand } from '@aws-sdk/client-config-service'
import { startSimulator, type Simulator } from '@cae/cloud-simulator'
import { testContext } from '@cae/core/testing'
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { tagsOf, tagsOfTypes } from '../src/read/tags.ts'
import { callsTo, failure, placeOf, strike } from './over-the-wire.ts'

describe('tags from the Tagging API', () => {
  let simulator: Simulator
  before(async () => {
    simulator = await startSimulator({ estate: { seed: 8, resources: 2000, awsAccounts: 1, awsRegions: 1 } })
  })
  after(() => simulator.close())
  afterEach(() => simulator.setFaults([]))

  const rows = async (where = " WHERE resourceType NOT IN ('AWS::IAM::Role', 'AWS::IAM::User')") => {
    const Expression = `SELECT arn, tags${where}`
    const { Results = [] } = await callsTo(simulator)(
      'SelectResourceConfig',
      placeOf(simulator),
      testContext(),
      (client, options) => client.send(new SelectResourceConfigCommand({ Expression, Limit: 100 }), options),
    )
    return Results.map((row) => JSON.parse(row) as { arn: string; tags: { key: string; value: string }[] })
  }
  const labels = (list: { key: string; value: string }[]) =>
    Object.fromEntries(list.map(({ key, value }) => [key, value]))
  const read = (arns: readonly string[]) => tagsOf(callsTo(simulator), placeOf(simulator), arns, testContext())
  const page = (cursor: string | null) =>
    tagsOfTypes(callsTo(simulator), placeOf(simulator), ['ec2', 's3'], testContext(), cursor)

  it('are those that AWS Config has, for a hundred resources in one call', async () => {
    const known = await rows()
    simulator.resetRequests()
    const tags = await read(known.map(({ arn }) => arn))
    expect(simulator.requests().aws['tag:GetResources']).to.include({ total: 1, ok: 1 })
    expect(known).to.have.length(100)
    for (const { arn, tags: list } of known) expect(tags!.get(arn) ?? {}).to.deep.equal(labels(list))
    expect(tags!.size).to.be.greaterThan(0).and.lessThan(100)
  })

  it('need no call where nothing has an ARN, and one bad text does not spoil the rest', async () => {
    const [first] = (await rows()).filter(({ tags }) => tags.length > 0)
    simulator.resetRequests()
    expect(await read(['123456789012/us-east-1/AWS::X::Y/z'])).to.deep.equal(new Map())
    expect(simulator.requests().aws).to.deep.equal({})
    expect([...(await read(['no arn', first!.arn]))!.keys()]).to.deep.equal([first!.arn])
  })

  it('are unknown, not none, where we may not ask', async () => {
    strike(simulator, { kind: 'denied' })
    expect(await read(['arn:aws:s3:::a'])).to.equal(null)
  })

  it('are unknown where the API refuses what it was asked for, which is no reason to do without the resources', async () => {
    expect(await read(['arn:aws:s3:::a', 'arn:other:s3:::a'])).to.equal(null)
  })

  it('of whole types come page by page', async () => {
    const found = new Set<string>()
    let pages = 0
    for (let cursor: string | null = null; ;) {
      const { tags, next } = await page(cursor)
      for (const arn of tags.keys()) found.add(arn)
      pages++
      if (next === null) break
      cursor = next
    }
    expect(pages).to.be.greaterThan(1)
    const volumes = await rows(" WHERE resourceType = 'AWS::EC2::Volume'")
    for (const { arn, tags } of volumes) expect(found.has(arn)).to.equal(tags.length > 0)
  })

  it('ask for a new start after their quarter of an hour', async () => {
    const { next } = await page(null)
    strike(simulator, { kind: 'expired_cursor' })
    expect(await failure(page(next))).to.include({ code: 'CURSOR_EXPIRED' })
  })

  it('tell the limiter of a throttle, which this API has a word of its own for', async () => {
    strike(simulator, { kind: 'throttle' })
    expect(await failure(read(['arn:aws:s3:::a']))).to.include({ code: 'THROTTLED', nativeCode: 'ThrottledException' })
  })

  it('refuse more resources than the API takes', async () => {
    const arns = Array.from({ length: 101 }, (_, n) => `arn:aws:s3:::bucket-${n}`)
    expect(await failure(read(arns))).to.include({ code: 'REQUEST_INVALID' })
  })
})
