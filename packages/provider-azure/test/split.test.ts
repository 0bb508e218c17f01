import { startSimulator, type FaultRule, type Simulator } from '@cae/cloud-simulator'
import { extract, START, toTask, verifyCount, type Checkpoint, type Slice, type Task, type Transport } from '@cae/core'
import { testContext } from '@cae/core/testing'
import { expect } from 'chai'
import { afterEach, before, after, describe, it } from 'mocha'
import { azureProvider } from '../src/index.ts'
import { readQuery } from '../src/slice.ts'

const AS_OF = new Date().toISOString()
const KILLED = new Error('killed')

interface Reading {
  /** Ids by batch; the same batch again takes the place of what it was. */
  readonly batches: ReadonlyMap<string, readonly string[]>
  readonly end: Checkpoint
  readonly workers: number
}

describe('a page that holds more than an answer may', () => {
  let simulator: Simulator
  before(async () => {
    simulator = await startSimulator({ estate: { seed: 6, resources: 5400, azureSubscriptions: 3 } })
  })
  after(() => simulator.close())
  afterEach(() => simulator.setFaults([]))

  /** As another worker has it. */
  const provider = () =>
    azureProvider({
      endpoint: simulator.azureEndpoint,
      tenant_id: simulator.estate.azureTenant,
      accounts: simulator.estate.azureSubscriptions.map((subscription_id) => ({ subscription_id })),
      tables: ['resources', 'resourcecontainers'],
    })
  const strike = (...rules: Omit<FaultRule, 'provider'>[]) =>
    simulator.setFaults(rules.map((rule) => ({ provider: 'azure', ...rule })))

  /** Slices that read `resources`. `rules`: what is wrong while rows are counted. */
  const planned = async (...rules: Omit<FaultRule, 'provider'>[]) => {
    const found: Slice[] = []
    const pending = [...(await provider().plan({ asOf: AS_OF }, testContext())).slices]
    strike(...rules)
    for (let slice = pending.shift(); slice; slice = pending.shift()) {
      if (!slice.plans) {
        if (slice.partition === 'resources') found.push(slice)
        continue
      }
      const reader = await provider().open(toTask('run1', 'azure', AS_OF, slice), testContext())
      pending.push(...(await reader.read(null)).plan!.slices)
    }
    strike()
    return found
  }

  /**
   * Reads a slice to its end. `dies`: each worker is killed after it has delivered a page, in turn before the checkpoint
   * is saved and right after; nothing but the saved checkpoint goes from one to the next.
   */
  const read = async (slice: Slice, { dies }: { dies: boolean }): Promise<Reading> => {
    const task: Task = toTask('run1', 'azure', AS_OF, slice)
    const batches = new Map<string, readonly string[]>()
    const transport: Transport = {
      name: 'memory',
      deliver: async ({ id, artifacts }) => {
        batches.set(
          id,
          artifacts.map(({ metadata }) => metadata.resource_id),
        )
        return { bytes: 0 }
      },
      deliverManifest: async () => ({ bytes: 0 }),
      close: async () => {},
    }
    let saved = JSON.stringify(START)
    for (let workers = 1; ; workers++) {
      try {
        const end = await extract(JSON.parse(saved) as Checkpoint, {
          task,
          reader: await provider().open(task, testContext()),
          transports: [transport],
          batchSize: 500,
          select: () => true,
          signal: new AbortController().signal,
          spawn: async () => {},
          commit: async (next) => {
            if (dies && workers % 2 === 1) throw KILLED
            saved = JSON.stringify(next)
            if (dies && !next.done) throw KILLED
          },
        })
        return { batches, end, workers }
      } catch (thrown) {
        if (thrown !== KILLED) throw thrown
      }
    }
  }

  /** Rules while rows are counted, and while they are read. */
  const cases: [string, Omit<FaultRule, 'provider'>[], Omit<FaultRule, 'provider'>[]][] = [
    ['it is larger than 16 MB', [], [{ kind: 'heavy_rows' }]],
    ['there are twice as many rows as when they were counted', [{ kind: 'hidden_rows' }], []],
    ['there are, and they are large', [{ kind: 'hidden_rows' }], [{ kind: 'heavy_rows' }]],
    ['it is cut without a skip token', [], [{ kind: 'no_skip_token' }]],
  ]
  for (const [why, whileCounting, whileReading] of cases) {
    it(`is read in halves where ${why}, each resource once, also by workers that die at every page`, async () => {
      const truth = await idsOf(await planned())
      const slices = await planned(...whileCounting)
      strike(...whileReading)
      const calm = await all(slices, { dies: false })
      const dying = await all(slices, { dies: true })
      for (const readings of [calm, dying]) {
        for (const { end } of readings) verifyCount(end)
        expect(readings.reduce((sum, { end }) => sum + end.page, 0)).to.be.greaterThan(pagesOf(slices))
        const ids = readings.flatMap(({ batches }) => [...batches.values()].flat())
        expect(ids.toSorted(), 'each once').to.deep.equal(truth)
        expect(readings.reduce((sum, { end }) => sum + end.read, 0)).to.equal(truth.length)
      }
      for (const { workers, end } of dying) expect(workers).to.equal(2 * end.page)
      expect(dying.map(({ batches }) => [...batches.keys()])).to.deep.equal(
        calm.map(({ batches }) => [...batches.keys()]),
      )
    })
  }

  const pagesOf = (slices: readonly Slice[]) =>
    slices.reduce((sum, { query }) => sum + (readQuery(query).pages ?? 1), 0)
  const all = async (slices: readonly Slice[], how: { dies: boolean }) => {
    const readings: Reading[] = []
    for (const slice of slices) readings.push(await read(slice, how))
    return readings
  }
  const idsOf = async (slices: readonly Slice[]) =>
    (await all(slices, { dies: false })).flatMap(({ batches }) => [...batches.values()].flat()).toSorted()
})
