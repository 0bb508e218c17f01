import { expect } from 'chai'
import { Redis } from 'ioredis'
import {
  isSettled,
  newRunId,
  preflights,
  questionSource,
  startPrivateRedis,
  type CheckGroup,
  type DestinationAnswer,
  type PreflightAnswer,
  type PreflightQuestion,
  type Preflights,
  type PrivateRedis,
  type QuestionSource,
} from '../src/index.ts'

const PREFIX = '{test}'
const REQUEST = { providers: ['aws' as const, 'gcp' as const], batch_size: 1 }
const ANSWER: PreflightAnswer = {
  v: 1,
  checks: [{ check: 'credentials', status: 'ok', places: [{ scope: '1', regions: ['global'] }] }],
  untried: [],
  estimate: null,
}

const DESTINATION: DestinationAnswer = {
  v: 1,
  transport: 'http',
  tried: null,
  problem: { code: 'DELIVERY_FAILED', message: 'nobody there' },
}

describe('preflights', () => {
  let server: PrivateRedis
  let redis: Redis
  let exchange: Preflights
  let questions: QuestionSource

  before(async () => {
    server = await startPrivateRedis()
    redis = new Redis(server.url)
    exchange = preflights(redis, PREFIX)
    questions = questionSource(server.url, PREFIX, ['aws', 'gcp'])
  })
  after(async () => {
    questions.close()
    redis.disconnect()
    await server.stop()
  })
  beforeEach(() => redis.flushall())

  const ask = async () => {
    const id = newRunId(Date.now())
    expect(await exchange.ask(id, REQUEST, 1000)).to.equal(true)
    return id
  }

  const takeAll = async () => [(await questions.take())!, (await questions.take())!, (await questions.take())!]

  it('give the questions about each provider and the destination to one worker, with the request', async () => {
    const id = await ask()
    const taken = await takeAll()
    expect(taken.map(({ subject }) => subject)).to.have.members(['destination', 'aws', 'gcp'])
    expect(await exchange.claim(taken[0]!)).to.deep.equal(REQUEST)
    expect(await exchange.claim(taken[0]!), 'a second worker').to.equal(null)
    expect(await exchange.settle(id)).to.equal(false)
  })

  it('give the answers with the rest, and are settled when all are there', async () => {
    const id = await ask()
    for (const question of await takeAll()) {
      await exchange.claim(question)
      expect(await exchange.beat(question, 3)).to.equal(true)
      if (question.subject === 'destination') await exchange.answer(question, DESTINATION, 0)
      else if (question.subject === 'aws') await exchange.answer(question, ANSWER, 5)
      else await exchange.fail(question, 'no luck', 4)
      expect(await exchange.beat(question, 9), 'it is over').to.equal(false)
    }
    expect(await exchange.settle(id)).to.equal(true)
    const view = (await exchange.look(id))!
    expect(view).to.deep.include({ id, request: REQUEST, createdAt: 1000 })
    expect(view.providers).to.deep.equal({
      aws: { status: 'done', message: null, calls: 5, answer: ANSWER },
      gcp: { status: 'failed', message: 'no luck', calls: 4, answer: null },
    })
    expect(view.destination).to.deep.equal({ status: 'done', message: null, calls: 0, answer: DESTINATION })
    expect(Object.values(view.providers).every(isSettled)).to.equal(true)
  })

  it('take no answer that is none, and keep what was asked before', async () => {
    const id = await ask()
    const [destination, question] = await takeAll()
    await exchange.claim(destination!)
    await exchange.claim(question!)
    const bad = (group: object) => ({ ...ANSWER, checks: [{ ...ANSWER.checks[0], ...group } as CheckGroup] })
    for (const [answer, message] of [
      [{ ...ANSWER, v: 2 as 1 }, /invalid preflight answer: "v"/],
      [bad({ status: 'fine' }), /"checks\[0\]\.status"/],
      [bad({ places: [] }), /places/],
      [bad({ places: [{ scope: '1', regions: [] }] }), /places/],
      [bad({ places: [{ scope: 1, regions: ['a'] }] }), /places/],
    ] as const) {
      const refused = await Promise.resolve()
        .then(() => exchange.answer(question!, answer, 1))
        .catch((thrown: unknown) => thrown)
      expect((refused as Error).message).to.match(message)
    }
    const mixedUp = await Promise.resolve()
      .then(() => exchange.answer(destination!, ANSWER, 1))
      .catch((thrown: unknown) => thrown)
    expect((mixedUp as Error).message).to.match(/invalid preflight answer: "transport"/)
    const view = (await exchange.look(id))!
    expect([view.destination.status, view.providers.aws!.status]).to.deep.equal(['checking', 'checking'])
  })

  it('ask no more where a hundred wait already, about none of the providers', async () => {
    await redis.rpush(`${PREFIX}:preflights:gcp`, ...Array.from({ length: 100 }, () => 'x'))
    const id = newRunId(Date.now())
    expect(await exchange.ask(id, REQUEST, 1000)).to.equal(false)
    for (const subject of ['destination', 'aws'])
      expect(await redis.llen(`${PREFIX}:preflights:${subject}`)).to.equal(0)
    expect(await exchange.look(id)).to.equal(null)
  })

  it('are settled, and nothing, once they are gone', async () => {
    const id = await ask()
    const question: PreflightQuestion = (await questions.take())!
    await exchange.claim(question)
    await redis.del(`${PREFIX}:preflight:${id}`)
    expect(await exchange.beat(question, 1)).to.equal(false)
    await exchange.answer(question, DESTINATION, 1)
    expect(await exchange.settle(id)).to.equal(true)
    expect(await exchange.look(id)).to.equal(null)
    expect(await redis.keys(`${PREFIX}:preflight:*`)).to.deep.equal([])
  })
})
