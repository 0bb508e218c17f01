import { expect } from 'chai'
import { describe, it } from 'mocha'
import {
  ExtractionError,
  extract,
  START,
  verifyCount,
  type Artifact,
  type Checkpoint,
  type Extraction,
  type Page,
  type PageReader,
  type PageRecord,
} from '../src/index.ts'
import { testArtifact } from '../src/testing/index.ts'
import { fakeReader, fakeTransport, TASK } from './fakes.ts'

const artifacts = (from: number, count: number) => Array.from({ length: count }, (_, n) => testArtifact(from + n))

// Three pages of five, two and four resources.
const PAGES: readonly Page[] = [
  { artifacts: artifacts(0, 5), next: 'p1', expected: { count: 11, source: 'a count' } },
  { artifacts: artifacts(5, 2), next: 'p2' },
  { artifacts: artifacts(7, 4), next: null },
]

interface Commit {
  readonly checkpoint: Checkpoint
  readonly record: PageRecord
}

function setUp(overrides: Partial<Extraction> = {}, pages: readonly Page[] = PAGES) {
  const events: string[] = []
  const reader = fakeReader(pages, events)
  const transport = fakeTransport('memory', events)
  const commits: Commit[] = []
  const extraction: Extraction = {
    task: TASK,
    reader,
    transports: [transport],
    batchSize: 2,
    select: () => true,
    signal: new AbortController().signal,
    async spawn(plan) {
      events.push(`spawn ${plan.slices.length}`)
    },
    async commit(checkpoint, record) {
      events.push(`commit page ${checkpoint.page}`)
      commits.push({ checkpoint, record })
    },
    ...overrides,
  }
  return { events, transport, commits, extraction, run: (from = START) => extract(from, extraction) }
}

const idsOf = (list: readonly Artifact[]) => list.map(({ metadata }) => metadata.resource_id)

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail('it was expected to reject'),
    (thrown: unknown) => thrown,
  )
}

describe('extract', () => {
  it('empties each page, so that no promise that it came through holds its resources', async () => {
    const page: Page = { artifacts: artifacts(0, 5), next: null }
    const { transport, run } = setUp({ reader: { read: async () => page, close: async () => {} } })
    await run()
    expect(page.artifacts).to.deep.equal([])
    expect(transport.batches.flatMap((batch) => batch.artifacts)).to.have.length(5)
  })

  it('delivers every batch of a page before it commits the page, and commits before it reads on', async () => {
    const { events, run } = setUp()
    await run()
    expect(events).to.deep.equal([
      'read null',
      'memory 000000',
      'memory 000001',
      'memory 000002',
      'commit page 1',
      'read p1',
      'memory 000003',
      'commit page 2',
      'read p2',
      'memory 000004',
      'memory 000005',
      'commit page 3',
    ])
  })

  it('derives batch ids from task and sequence, and never lets a batch span pages', async () => {
    const { transport, run } = setUp({ batchSize: 3 })
    await run()
    expect(transport.batches.map(({ id, artifacts }) => [id, artifacts.length])).to.deep.equal([
      [`${TASK.id}-000000`, 3],
      [`${TASK.id}-000001`, 2],
      [`${TASK.id}-000002`, 2],
      [`${TASK.id}-000003`, 3],
      [`${TASK.id}-000004`, 1],
    ])
    for (const batch of transport.batches) expect(batch).to.include({ taskId: TASK.id, runId: TASK.runId })
  })

  it('delivers each resource once, in order', async () => {
    const { transport, run } = setUp()
    await run()
    const delivered = transport.batches.flatMap((batch) => batch.artifacts)
    expect(idsOf(delivered)).to.deep.equal(idsOf(artifacts(0, 11)))
  })

  it('ends with a checkpoint that says how much there was', async () => {
    const { run, commits } = setUp()
    const end = await run()
    expect(end).to.deep.equal({
      cursor: null,
      page: 3,
      sequence: 6,
      read: 11,
      artifacts: 11,
      expected: { count: 11, source: 'a count' },
      done: true,
    })
    expect(commits.at(-1)?.checkpoint).to.equal(end)
    expect(commits.map(({ checkpoint }) => checkpoint.cursor)).to.deep.equal(['p1', 'p2', null])
  })

  it('does nothing from a checkpoint that is done', async () => {
    const { run, events } = setUp()
    const done = { ...START, done: true }
    expect(await run(done)).to.equal(done)
    expect(events).to.deep.equal([])
  })

  it('counts bytes, batches and artifacts of each page, by service and region', async () => {
    const page = {
      artifacts: [
        testArtifact(1),
        testArtifact(2, { region: 'eu-west-1' }),
        testArtifact(3),
        testArtifact(4, { service: 's3', region: 'global' }),
      ],
      next: null,
    }
    const { run, commits } = setUp({ batchSize: 3 }, [page])
    await run()
    expect(commits[0]?.record).to.deep.equal({
      bytes: 200,
      batches: 2,
      counts: new Map([
        ['ec2|us-east-1', 2],
        ['ec2|eu-west-1', 1],
        ['s3|global', 1],
      ]),
    })
  })

  it('reads on after a page that is empty, and delivers no empty batch', async () => {
    const { run, transport, commits } = setUp({}, [
      { artifacts: [], next: 'a' },
      { artifacts: [], next: 'b' },
      { artifacts: artifacts(0, 1), next: null },
    ])
    const end = await run()
    expect(end).to.include({ page: 3, sequence: 1, read: 1 })
    expect(transport.batches).to.have.length(1)
    expect(commits[0]?.record).to.deep.equal({ bytes: 0, batches: 0, counts: new Map(), known: new Float64Array() })
  })

  it('delivers a resource that comes twice in a page once, and counts it once', async () => {
    const twice = [testArtifact(1, { name: 'first' }), testArtifact(2), testArtifact(1, { name: 'second' })]
    const { run, transport } = setUp({}, [{ artifacts: twice, next: null }])
    expect(await run()).to.include({ read: 2, artifacts: 2, sequence: 1 })
    expect(transport.batches[0]?.artifacts.map(({ metadata }) => metadata.name)).to.deep.equal(['first', 'web-2'])
  })

  it('takes two of one name and different types for two', async () => {
    const one = testArtifact(1)
    const twins = [one, { ...one, metadata: { ...one.metadata, native_type: 'another type' } }]
    const { run } = setUp({}, [{ artifacts: twins, next: null }])
    expect(await run()).to.include({ read: 2, artifacts: 2 })
    const later = setUp({}, [
      { artifacts: twins.slice(0, 1), next: 'p1' },
      { artifacts: twins.slice(1), next: null },
    ])
    expect(await later.run()).to.include({ read: 2, artifacts: 2 })
  })

  it('counts a resource once that comes again when another reader has taken over', async () => {
    const pages: Page[] = [
      PAGES[0]!,
      { artifacts: artifacts(3, 4), next: 'p2' },
      { artifacts: artifacts(6, 2), next: null },
    ]
    const before = setUp({}, pages)
    await before.run()
    const { checkpoint, record } = before.commits[0]!
    expect((await setUp({ known: record.known! }, pages).run(checkpoint)).read).to.equal(8)
  })

  it('counts a resource that comes again on a later page once, and delivers it again', async () => {
    const again: Page[] = [
      { artifacts: artifacts(0, 3), next: 'p1', expected: { count: 5, source: 'a count' } },
      { artifacts: artifacts(2, 2), next: null },
    ]
    const { transport, run } = setUp({}, again)
    const last = await run()
    expect(last).to.include({ read: 4, artifacts: 5 })
    expect(() => verifyCount(last))
      .to.throw(ExtractionError)
      .with.property('code', 'COUNT_MISMATCH')
    expect(transport.batches.flatMap((batch) => batch.artifacts)).to.have.length(5)
  })

  it('expects as many more as it has read, each once, as the last page says to be missing', async () => {
    const again = (missing: number): Page[] => [
      { artifacts: artifacts(0, 3), next: 'p1' },
      { artifacts: artifacts(2, 2), next: null, missing: { count: missing, source: 'a count' } },
    ]
    const whole = await setUp({}, again(0)).run()
    expect(whole).to.deep.include({ read: 4, expected: { count: 4, source: 'a count' } })
    verifyCount(whole)
    const short = await setUp({}, again(1)).run()
    expect(short).to.deep.include({ read: 4, expected: { count: 5, source: 'a count' } })
    expect(() => verifyCount(short))
      .to.throw(ExtractionError)
      .with.property('code', 'COUNT_MISMATCH')
  })

  for (const [what, more] of [
    ['empty pages', {}],
    ['pages that tell of gaps alone', { plan: { slices: [], gaps: [] } }],
  ] as const) {
    it(`gives up where ${what} have no end`, async () => {
      // Unlike those of a provider that is broken, they end at last, so that this does.
      const reader: PageReader = {
        read: async (cursor) => {
          const page = Number(cursor?.slice(1) ?? 0) + 1
          return { artifacts: [], next: page <= 100_001 ? `p${page}` : null, ...more }
        },
        close: async () => {},
      }
      const { run, commits } = setUp({ reader })
      expect(await rejection(run())).to.include({ code: 'CURSOR_LOOP' })
      expect(commits).to.have.length(100_000)
    })
  }

  it('counts what the filters leave out as read, not as delivered', async () => {
    const even = ({ metadata }: Artifact) => Number(metadata.native_id.slice(2)) % 2 === 0
    const { run, transport } = setUp({ select: even })
    expect(await run()).to.include({ read: 11, artifacts: 6 })
    expect(transport.batches.flatMap((batch) => batch.artifacts)).to.have.length(6)
  })

  describe('after a crash', () => {
    it('between delivery and commit, delivers the same batches under the same ids', async () => {
      let crashed = false
      const state = { saved: START }
      const { run, transport } = setUp({
        async commit(next) {
          if (next.page === 2 && !crashed) {
            crashed = true
            throw new Error('killed')
          }
          state.saved = next
        },
      })
      await rejection(run())
      expect(state.saved.page).to.equal(1)
      const before = transport.batches.length
      await run(state.saved)
      const [last, again] = [transport.batches[before - 1], transport.batches[before]]
      expect(again).to.deep.equal(last)
      const latest = new Map(transport.batches.map((batch) => [batch.id, batch]))
      expect(idsOf([...latest.values()].flatMap((batch) => batch.artifacts))).to.deep.equal(idsOf(artifacts(0, 11)))
    })

    it('between the batches of a page, delivers the page again from its first batch', async () => {
      const { run, transport, commits } = setUp()
      transport.failAt(1, new ExtractionError('DELIVERY_FAILED', 'disk full'))
      await rejection(run())
      expect(commits).to.have.length(0)
      await run()
      expect(transport.batches.slice(0, 3).map(({ id }) => id.slice(-6))).to.deep.equal(['000000', '000000', '000001'])
    })

    it('goes on at the cursor of the checkpoint', async () => {
      const { run, events, commits } = setUp()
      await run()
      events.length = 0
      const end = await run(commits[1]?.checkpoint)
      expect(events[0]).to.equal('read p2')
      expect(end).to.deep.equal(commits[2]?.checkpoint)
    })
  })

  describe('commits nothing', () => {
    it('where the reader fails', async () => {
      const refused = new ExtractionError('ACCESS_DENIED', 'no')
      const reader = { read: () => Promise.reject(refused), close: async () => {} }
      const { run, events } = setUp({ reader })
      expect(await rejection(run())).to.equal(refused)
      expect(events).to.deep.equal([])
    })

    it('where another worker may have the task by now, nor delivers what it has read', async () => {
      const fenced = new ExtractionError('CHECKPOINT_FENCED', 'the lock has ended')
      const { run, transport, commits } = setUp({
        ensureHeld: () => {
          throw fenced
        },
      })
      expect(await rejection(run())).to.equal(fenced)
      expect(transport.batches).to.deep.equal([])
      expect(commits).to.deep.equal([])
    })

    it('where one of several transports throws before it begins, and waits for the others', async () => {
      const events: string[] = []
      const good = fakeTransport('good', events)
      const bad = fakeTransport('bad', events)
      bad.deliver = () => {
        throw new ExtractionError('DELIVERY_REJECTED', 'no')
      }
      const { run, commits } = setUp({ transports: [bad, good] })
      expect(await rejection(run())).to.have.property('code', 'DELIVERY_REJECTED')
      expect(good.batches).to.have.length(1)
      expect(commits).to.deep.equal([])
    })

    it('where one of several transports fails, and waits for the others', async () => {
      const events: string[] = []
      const good = fakeTransport('good', events)
      const bad = fakeTransport('bad', events)
      bad.failAt(0, new ExtractionError('DELIVERY_REJECTED', 'no'))
      const slow = {
        ...fakeTransport('slow', events),
        deliver: async () => {
          await new Promise((resolve) => setImmediate(resolve))
          events.push('slow has ended')
          return { bytes: 0 }
        },
      }
      const { run, commits } = setUp({ transports: [bad, good, slow] })
      expect(await rejection(run())).to.include({ code: 'DELIVERY_REJECTED' })
      expect(events).to.include('slow has ended')
      expect(commits).to.have.length(0)
    })

    it('where a transport throws something that is no extraction error: that is a bug of ours', async () => {
      const { run, transport, commits } = setUp()
      const cause = new TypeError('x is not a function')
      transport.failAt(0, cause)
      expect(await rejection(run()))
        .to.be.instanceOf(ExtractionError)
        .and.include({ code: 'INTERNAL', cause })
      expect(commits).to.have.length(0)
    })
  })

  it('delivers each batch to every transport, and counts the bytes of the first', async () => {
    const events: string[] = []
    const [first, second] = [fakeTransport('first', events), fakeTransport('second', events, 7)]
    const { run, commits } = setUp({ transports: [first, second] })
    await run()
    expect(second.batches).to.deep.equal(first.batches)
    expect(commits[0]?.record.bytes).to.equal(300)
  })

  it('stops with what the commit throws, such as that another worker holds the task', async () => {
    const fenced = new ExtractionError('CHECKPOINT_FENCED', 'taken over')
    const { run, events } = setUp({ commit: () => Promise.reject(fenced) })
    expect(await rejection(run())).to.equal(fenced)
    expect(events.filter((event) => event.startsWith('read'))).to.have.length(1)
  })

  describe('refuses a cursor that came before:', () => {
    const loops: [string, (string | null)[]][] = [
      ['the same again', ['a', 'a']],
      ['back to the one before', ['a', 'b', 'a']],
      ['back over a long way', [...Array.from({ length: 50 }, (_, n) => `c${n}`), 'c0']],
    ]
    for (const [what, cursors] of loops) {
      it(what, async () => {
        const { run, commits } = setUp(
          {},
          cursors.map((next, n) => ({ artifacts: artifacts(n, 1), next })),
        )
        expect(await rejection(run())).to.include({ code: 'CURSOR_LOOP' })
        expect(commits).to.have.length(cursors.length - 1)
      })
    }

    it('also the one that it resumed at', async () => {
      const { run } = setUp({}, [
        { artifacts: [], next: 'p' },
        { artifacts: [], next: 'p' },
      ])
      expect(await rejection(run({ ...START, page: 1, cursor: 'p' }))).to.include({ code: 'CURSOR_LOOP' })
    })
  })

  describe('stops with the reason of the signal', () => {
    const reason = new Error('shutting down')

    it('before the first page', async () => {
      const { run, events } = setUp({ signal: AbortSignal.abort(reason) })
      expect(await rejection(run())).to.equal(reason)
      expect(events).to.deep.equal([])
    })

    it('between pages, with what is committed so far', async () => {
      const stopping = new AbortController()
      const { run, events } = setUp({
        signal: stopping.signal,
        commit: async () => stopping.abort(reason),
      })
      expect(await rejection(run())).to.equal(reason)
      expect(events.filter((event) => event.startsWith('read'))).to.deep.equal(['read null'])
    })

    it('between the batches of a page, without committing it', async () => {
      const stopping = new AbortController()
      const { run, transport, commits } = setUp({ signal: stopping.signal })
      transport.onDeliver = () => stopping.abort(reason)
      expect(await rejection(run())).to.equal(reason)
      expect(transport.batches).to.have.length(1)
      expect(commits).to.have.length(0)
    })

    it('within a delivery, whatever the transport makes of it', async () => {
      const stopping = new AbortController()
      const { run, transport } = setUp({ signal: stopping.signal })
      transport.onDeliver = () => stopping.abort(reason)
      transport.failAt(0, new DOMException('This operation was aborted', 'AbortError'))
      expect(await rejection(run())).to.equal(reason)
    })
  })

  it('stops after the page at hand is committed, where it is asked to stop so', async () => {
    const stopping = new AbortController()
    const reason = new Error('shutting down')
    const { run, transport, commits } = setUp({ stop: stopping.signal })
    transport.onDeliver = () => stopping.abort(reason)
    expect(await rejection(run())).to.equal(reason)
    expect(transport.batches).to.have.length(3)
    expect(commits).to.have.length(1)
  })
})

describe('planning by pages', () => {
  it('adds what a page plans after its delivery and before its commit', async () => {
    const plan = { slices: [{ scope: 'a', region: 'r', partition: 'p', query: {} }], gaps: [] }
    const { run, events } = setUp({}, [{ artifacts: artifacts(0, 1), next: null, plan }])
    await run()
    expect(events).to.deep.equal(['read null', 'memory 000000', 'spawn 1', 'commit page 1'])
  })
})

describe('verifyCount', () => {
  it('is content with as many resources as the provider counted, with more, and without a count', () => {
    for (const count of [10, 9, 0]) verifyCount({ ...START, read: 10, expected: { count, source: 'a count' } })
    verifyCount({ ...START, read: 10, expected: null })
  })

  it('throws where there were fewer', () => {
    expect(() => verifyCount({ ...START, read: 10, expected: { count: 11, source: 'a count' } }))
      .to.throw(ExtractionError, /10 resources of 11 that a count counts/)
      .with.property('code', 'COUNT_MISMATCH')
  })

  it('lets so many be missing as the tolerance says, and no more', () => {
    const expected = { count: 100, source: 'a count' }
    verifyCount({ ...START, read: 95, expected }, 0.05)
    expect(() => verifyCount({ ...START, read: 94, expected }, 0.05)).to.throw(ExtractionError)
  })
})
