import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { artifactJson } from '../artifact-json.ts'
import { SCHEMA_VERSION } from '../artifact.ts'
import { ExtractionError } from '../errors.ts'
import { jsonValue } from '../json-text.ts'
import { counts } from '../limit.ts'
import type { Page, Provider } from '../provider.ts'
import { toTask, type Slice } from '../task.ts'
import { countingLimiter, testContext } from './fakes.ts'

/** One provider over a cloud (the simulator), and the truth about that cloud. */
export interface ProviderFixture {
  readonly provider: Provider
  /** `resource_id`s that the cloud truly has, lower-cased where the provider's ids are. */
  readonly truth: () => Promise<readonly string[]>
  /** Requests that the cloud saw so far for this provider's limited operations. */
  readonly requests: () => Promise<number>
  /** Lets the cloud answer its next so many requests for resources with a 5xx. */
  readonly fail: (times: number) => void
  readonly tearDown: () => Promise<void>
}

// Not a fixed day: Cloud Asset Inventory, and with it the simulator, reads back 35 days and no further.
const AS_OF = new Date(Date.now() - 3_600_000).toISOString()

/** What every provider promises. */
export function describeProvider(name: string, setUp: () => Promise<ProviderFixture>): void {
  describe(`provider conformance: ${name}`, () => {
    let fixture: ProviderFixture
    before(async () => {
      fixture = await setUp()
    })
    after(() => fixture.tearDown())

    const read = async (slice: Slice, context = testContext()) => {
      const reader = await fixture.provider.open(toTask('run1', fixture.provider.name, AS_OF, slice), context)
      const pages: Page[] = []
      try {
        for (let cursor: string | null = null; ;) {
          const page: Page = await reader.read(cursor)
          pages.push(page)
          if (page.next === null) return pages
          cursor = page.next
        }
      } finally {
        await reader.close()
      }
    }
    /** All slices of a plan with their pages, those that pages planned after the ones that planned them. */
    const readSlices = async (context = testContext()) => {
      const { slices } = await fixture.provider.plan({ asOf: AS_OF }, context)
      const pending = [...slices]
      const done: { readonly slice: Slice; readonly pages: readonly Page[] }[] = []
      for (let slice = pending.shift(); slice; slice = pending.shift()) {
        const pages = await read(slice, context)
        done.push({ slice, pages })
        pending.push(...pages.flatMap(({ plan }) => plan?.slices ?? []))
      }
      return done
    }
    const readAll = async (context = testContext()) =>
      (await readSlices(context)).flatMap(({ pages }) => pages.flatMap(({ artifacts }) => artifacts))

    it('plans the same slices in the same order for the same target', async () => {
      const first = await fixture.provider.plan({ asOf: AS_OF }, testContext())
      const second = await fixture.provider.plan({ asOf: AS_OF }, testContext())
      expect(first.slices).to.not.have.length(0)
      expect(second).to.deep.equal(first)
      for (const slice of first.slices.filter(({ plans }) => plans)) {
        const plans = async () => (await read(slice)).map(({ plan }) => plan)
        expect(await plans()).to.deep.equal(await plans())
      }
    })

    it('plans in slices that hold no resources, and says of none more than its pages hold', async () => {
      for (const { slice, pages } of await readSlices()) {
        const held = pages.reduce((sum, { artifacts }) => sum + artifacts.length, 0)
        const expected = pages.findLast((page) => page.expected)?.expected ?? slice.expected
        expect(pages.at(-1)!.missing?.count ?? 0, slice.partition).to.equal(0)
        if (slice.plans) expect(held).to.equal(0)
        expect(held, slice.partition).to.be.at.least(expected?.count ?? 0)
      }
    })

    it('gives every slice a task id of its own', async () => {
      const slices = (await readSlices()).map(({ slice }) => slice)
      const ids = slices.map((slice) => toTask('run1', fixture.provider.name, AS_OF, slice).id)
      expect(new Set(ids).size).to.equal(slices.length)
      for (const id of ids) expect(id).to.match(/^[A-Za-z0-9_.-]+$/)
    })

    it('reads every resource that the cloud has, once', async () => {
      const ids = (await readAll()).map(({ metadata }) => metadata.resource_id)
      const truth = await fixture.truth()
      expect(truth).to.not.have.length(0)
      expect([...new Set(ids)].toSorted()).to.deep.equal([...truth].toSorted())
      expect(ids.length).to.equal(truth.length)
    })

    it('puts every resource into the envelope', async () => {
      for (const artifact of await readAll()) {
        expect(artifact.schema_version).to.equal(SCHEMA_VERSION)
        expect(artifact.cloud_provider).to.equal(fixture.provider.name)
        expect(artifact.resource_type).to.match(new RegExp(`^${fixture.provider.name}:[a-z0-9-]+:[a-z0-9-]+$`))
        expect(artifact.resource_type.split(':')[1]).to.equal(artifact.metadata.service)
        expect(artifact.metadata.observed_at).to.equal(AS_OF)
        for (const key of ['resource_id', 'native_id', 'native_type', 'region'] as const) {
          expect(artifact.metadata[key], `${key} of ${artifact.metadata.resource_id}`)
            .to.be.a('string')
            .and.not.equal('')
        }
        for (const value of Object.values(artifact.metadata.labels)) expect(value).to.be.a('string')
        const parsed = { ...artifact, configuration: jsonValue(artifact.configuration) }
        expect(JSON.parse(JSON.stringify(artifact)), 'survives JSON').to.deep.equal(parsed)
        expect(JSON.parse(artifactJson(artifact)), 'is the same as text').to.deep.equal(parsed)
      }
    })

    it('resumes at a cursor in a new reader and reads the rest', async () => {
      for (const { slice, pages } of await readSlices()) {
        if (pages.length < 2) continue
        const task = toTask('run1', fixture.provider.name, AS_OF, slice)
        const reader = await fixture.provider.open(task, testContext())
        const second = await reader.read(pages[0]!.next)
        await reader.close()
        expect(second.artifacts).to.deep.equal(pages[1]!.artifacts)
        return
      }
      throw new Error('the fixture needs a slice of at least two pages')
    })

    it('makes every request through the limiter, under a declared limit', async () => {
      const limiter = countingLimiter()
      const before = await fixture.requests()
      await readAll(testContext({ limiter }))
      expect(limiter.runs.length).to.equal((await fixture.requests()) - before)
      for (const scope of limiter.runs) {
        expect(scope.provider).to.equal(fixture.provider.name)
        expect(
          fixture.provider.limits.some((limit) => counts(limit, scope)),
          `no declared limit counts ${JSON.stringify(scope)}`,
        ).to.equal(true)
      }
    })

    it('makes those through the limiter, too, by which it tries again after a 5xx', async () => {
      const limiter = countingLimiter()
      const before = await fixture.requests()
      fixture.fail(2)
      const ids = (await readAll(testContext({ limiter }))).map(({ metadata }) => metadata.resource_id)
      expect(ids.length).to.equal((await fixture.truth()).length)
      expect(limiter.runs.length).to.equal((await fixture.requests()) - before)
    })

    it('declares limits with positive rates, unique names and sources', () => {
      const { limits } = fixture.provider
      expect(new Set(limits.map((limit) => limit.name)).size).to.equal(limits.length)
      for (const limit of limits) {
        expect(limit.ratePerSecond).to.be.greaterThan(0)
        expect(limit.burst).to.be.at.least(1)
        expect(limit.source).to.not.equal('')
      }
    })

    it('stops with the reason of the signal', async () => {
      const context = testContext({ signal: AbortSignal.abort(new Error('stop')) })
      const result = await readAll(context).catch((thrown: unknown) => thrown)
      expect(result).to.be.instanceOf(Error).and.not.instanceOf(ExtractionError)
    })
  })
}
