import {
  faultsOf,
  idsAbove,
  managementGroups,
  startSimulator,
  type FaultKind,
  type FaultRule,
  type Simulator,
} from '@cae/cloud-simulator'
import type { ErrorCode, Outcome } from '@cae/core'
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { azureProvider } from '../src/index.ts'
import { run } from './run.ts'

/** A fault, and what a run has to make of it. */
interface Case {
  readonly rule: Omit<FaultRule, 'provider' | 'kind'>
  /** The subscription that the fault is about: the second one. */
  readonly scoped?: true
  /** Set once everything is counted, before anything is read. */
  readonly whenCounted?: true
  /** Of the whole tenant, and not of subscriptions by name. */
  readonly everywhere?: true
  /** Why no run can meet it. */
  readonly unmet?: string
  /** Endings other than `complete` that must be there, and no others. */
  readonly endings: readonly (readonly [Outcome, ErrorCode])[]
  /** Whether all resources come all the same. */
  readonly whole: boolean
}

const WHOLE = { endings: [], whole: true } as const
/** Where the subscription shares a page, its neighbours are read, and a gap says whose rows are missing. */
const OUT_OF_SIGHT: Case = {
  rule: {},
  scoped: true,
  whenCounted: true,
  endings: [
    ['denied', 'ACCESS_DENIED'],
    ['partial', 'COUNT_MISMATCH'],
  ],
  whole: false,
}

const CASES: Partial<Record<FaultKind, readonly Case[]>> = {
  throttle: [
    { rule: { table: 'resources', times: 2 }, ...WHOLE },
    { rule: { table: 'securityresources' }, endings: [['throttled_out', 'THROTTLED']], whole: false },
  ],
  server_error: [
    { rule: { table: 'resources', times: 4 }, ...WHOLE },
    { rule: { table: 'securityresources' }, endings: [['failed', 'UNAVAILABLE']], whole: false },
  ],
  reset: [
    { rule: { table: 'resources', times: 4 }, ...WHOLE },
    { rule: { table: 'policyresources' }, endings: [['failed', 'UNAVAILABLE']], whole: false },
  ],
  hang: [{ rule: { table: 'dnsresources' }, endings: [['failed', 'TIMEOUT']], whole: false }],
  denied: [{ rule: {}, scoped: true, endings: [['denied', 'ACCESS_DENIED']], whole: false }, OUT_OF_SIGHT],
  region_disabled: [{ rule: {}, scoped: true, endings: [['not_enabled', 'NOT_ENABLED']], whole: false }],
  disabled_shown: [{ rule: {}, scoped: true, ...WHOLE }],
  unlisted: [{ rule: {}, scoped: true, endings: [['denied', 'ACCESS_DENIED']], whole: true }],
  // As where the permission ended: nobody can tell one from the other.
  new_subscription: [OUT_OF_SIGHT],
  hidden_rows: [
    {
      rule: {},
      scoped: true,
      whenCounted: true,
      endings: [['partial', 'COUNT_MISMATCH']],
      whole: false,
    },
  ],
  rows_above: [
    { rule: {}, ...WHOLE },
    { rule: {}, everywhere: true, ...WHOLE },
  ],
  table_unknown: [{ rule: { table: 'dnsresources' }, endings: [['not_enabled', 'NOT_ENABLED']], whole: false }],
  union_refused: [{ rule: {}, ...WHOLE }],
  expired_token: [
    { rule: { table: 'resources', times: 2 }, ...WHOLE },
    { rule: { table: 'securityresources' }, endings: [['denied', 'CREDENTIALS_EXPIRED']], whole: false },
  ],
  expired_cursor: [{ rule: {}, ...WHOLE, unmet: 'no page needs a cursor' }],
  repeated_cursor: [{ rule: {}, ...WHOLE, unmet: 'no page needs a cursor' }],
  lost_page: [
    { rule: { times: 1, table: 'resources' }, whenCounted: true, ...WHOLE },
    { rule: { table: 'resources' }, whenCounted: true, endings: [['failed', 'RESPONSE_INVALID']], whole: false },
  ],
  duplicate_items: [{ rule: { table: 'resources' }, whenCounted: true, ...WHOLE }],
  too_large: [
    { rule: { times: 3, table: 'resources' }, whenCounted: true, ...WHOLE },
    // Several subscriptions share this page: a half of it need not have rows of each.
    { rule: { times: 3, table: 'dnsresources' }, whenCounted: true, ...WHOLE },
    { rule: { table: 'resources' }, whenCounted: true, endings: [['failed', 'RESULT_TRUNCATED']], whole: false },
  ],
  // Pages are small here; split.test.ts has full ones.
  heavy_rows: [{ rule: { table: 'resources' }, scoped: true, whenCounted: true, ...WHOLE }],
  short_page: [{ rule: { table: 'resources' }, whenCounted: true, ...WHOLE }],
  empty_page: [
    { rule: { times: 1, table: 'resources' }, whenCounted: true, ...WHOLE },
    { rule: { table: 'resources' }, whenCounted: true, endings: [['failed', 'RESULT_TRUNCATED']], whole: false },
  ],
  no_skip_token: [
    { rule: { table: 'resources' }, whenCounted: true, ...WHOLE },
    // All that is in the table is less than half a page.
    {
      rule: { table: 'dnsresources' },
      whenCounted: true,
      ...WHOLE,
      unmet: 'a page that is whole has no token to lose',
    },
  ],
  subscription_limit: [
    // Counts of what stands above subscriptions are about the whole tenant, and say that they are cut.
    { rule: {}, everywhere: true, endings: [['failed', 'RESULT_TRUNCATED']], whole: true },
    { rule: {}, ...WHOLE, unmet: 'each query names fewer subscriptions' },
  ],
  unregistered: [{ rule: {}, ...WHOLE, unmet: 'only the preflight asks' }],
}

describe('every fault that the simulator knows of Azure', () => {
  let simulator: Simulator
  const table: string[] = []
  before(async () => {
    simulator = await startSimulator({ quotas: false, estate: { seed: 3, resources: 3000, azureSubscriptions: 4 } })
  })
  afterEach(() => simulator.setFaults([]))
  after(async () => {
    await simulator.close()
    process.stdout.write(`\n${table.join('\n')}\n\n`)
  })

  const provider = (kind: FaultKind, everywhere = false) =>
    azureProvider({
      endpoint: simulator.azureEndpoint,
      tenant_id: simulator.estate.azureTenant,
      accounts: everywhere ? [] : simulator.estate.azureSubscriptions.map((subscription_id) => ({ subscription_id })),
      all_subscriptions: everywhere,
      pageSize: 100,
      ...(kind === 'hang' && { timeoutMs: 1000 }),
    })

  for (const kind of faultsOf('azure')) {
    it(`${kind} has a case here`, () => {
      expect(CASES).to.have.property(kind)
    })
    for (const { rule, scoped, whenCounted, everywhere, endings, whole, unmet } of CASES[kind] ?? []) {
      const what = [
        kind,
        ...Object.entries(rule).map(([key, value]) => `${key} ${value}`),
        whenCounted && 'once counted',
        everywhere && 'everywhere',
      ]
      const name = what.filter(Boolean).join(', ')
      it(`${name}: ${whole ? 'all is read' : 'what is missing is told'}`, async () => {
        const scope = simulator.estate.azureSubscriptions[1]!
        const strike = () => simulator.setFaults([{ provider: 'azure', kind, ...rule, ...(scoped && { scope }) }])
        if (!whenCounted) strike()
        let struck = !whenCounted
        const result = await run(provider(kind, everywhere), {}, (slice) => {
          if (struck || slice.plans) return
          strike()
          struck = true
        })
        const truth = new Set(simulator.estate.ids('azure'))
        const missing = [...truth].filter((id) => !result.artifacts.has(id)).length
        const wrong = result.endings.filter(({ outcome }) => outcome !== 'complete')
        const seen = [...new Set(wrong.map(({ outcome, code }) => `${outcome} ${code}`))].toSorted()
        table.push(row(name, seen, result.artifacts.size, truth.size, unmet))
        const met = simulator.faults().reduce((sum, one) => sum + one.met, 0)
        if (unmet) expect(met, 'met').to.equal(0)
        else expect(met, 'met').to.be.greaterThan(0)
        expect(seen).to.deep.equal(endings.map((one) => one.join(' ')).toSorted())
        expect(missing === 0, `${missing} missing`).to.equal(whole)
        for (const { outcome, read, expected } of result.endings) {
          if (outcome === 'complete') expect(read).to.be.at.least(expected ?? 0)
        }
        const above = new Set(everywhere ? idsAbove(managementGroups(simulator.estate)) : [])
        for (const id of result.artifacts.keys()) expect(truth.has(id) || above.has(id), id).to.equal(true)
        expect(result.delivered).to.equal(result.artifacts.size)
      })
    }
  }
})

function row(name: string, seen: readonly string[], read: number, of: number, unmet = ''): string {
  const ended = `${seen.join(', ') || 'complete'}${unmet && `; not met: ${unmet}`}`
  return `${name.padEnd(52)} ${String(read).padStart(5)} of ${of}  ${ended}`
}
