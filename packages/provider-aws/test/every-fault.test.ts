import {
  AWS_LASTING_FAULTS,
  faultsOf,
  startSimulator,
  type FaultKind,
  type FaultRule,
  type Simulator,
} from '@cae/cloud-simulator'
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { awsProvider, type AwsOptions } from '../src/index.ts'
import { strike } from './over-the-wire.ts'
import { run } from './run.ts'

type Rule = Omit<FaultRule, 'provider'>

/** A way to read all that there is, and the faults that it can meet. */
interface Reading {
  readonly options: (simulator: Simulator) => Partial<AwsOptions>
  /** Operations that list pages of resources, and that give them in batches. */
  readonly lists: string
  readonly gets?: string
  /** What must be so besides. */
  readonly given?: readonly Rule[]
  readonly meets: (kind: FaultKind) => boolean
  /** What it can't tell: nothing says how much there is. */
  readonly untold?: readonly FaultKind[]
}

const OF_ORGANIZATIONS: readonly FaultKind[] = ['account_suspended', 'no_organization', 'region_enabling']
const OF_AGGREGATORS: readonly FaultKind[] = ['source_failed', 'source_outdated']
/** An aggregator says nothing of the recorders. */
const OF_RECORDERS: readonly FaultKind[] = ['recorder_off', 'recorder_stopped', 'recorder_failing', 'daily_recording']
const OF_CLOUD_CONTROL: readonly FaultKind[] = [
  'unsupported_type',
  'identifiers_only',
  'partial_properties',
  'needs_model',
  'handler_failed',
  'handler_denied',
  'buckets_everywhere',
]
const OF_OTHER_SERVICES: readonly FaultKind[] = ['index_off', 'view_filtered', 'unindexed', ...OF_CLOUD_CONTROL]
const OF_BATCHES: readonly FaultKind[] = ['unprocessed_keys', 'oversized']
/** What any service may answer. */
const OF_ALL: readonly FaultKind[] = faultsOf('aws').filter(
  (kind) => faultsOf('gcp').includes(kind) || kind === 'empty_page',
)

const byAccount: Reading['options'] = ({ estate }) => ({
  accounts: [{ account_id: estate.awsAccounts[0]!, regions: [...estate.awsRegions] }],
})
const others = [...OF_ORGANIZATIONS, ...OF_AGGREGATORS, ...OF_OTHER_SERVICES]

const READINGS: Readonly<Record<string, Reading>> = {
  'by account and region': {
    options: byAccount,
    lists: 'SelectResourceConfig',
    gets: 'BatchGetResourceConfig',
    meets: (kind) => !others.includes(kind),
  },
  'by an aggregator': {
    options: ({ estate }) => ({
      aggregators: [{ name: 'organization', account_id: estate.awsAccounts[0]!, region: 'us-east-1' }],
    }),
    lists: 'SelectAggregateResourceConfig',
    gets: 'BatchGetAggregateResourceConfig',
    meets: (kind) => ![...OF_ORGANIZATIONS, ...OF_OTHER_SERVICES, ...OF_RECORDERS].includes(kind),
    untold: ['recorder_fresh'],
  },
  'by an organization': {
    options: () => ({ organization: { role_name: 'reader' } }),
    lists: 'SelectResourceConfig',
    meets: (kind) => OF_ORGANIZATIONS.includes(kind),
  },
  'by other services than Config': {
    options: byAccount,
    lists: 'resource-explorer-2:ListResources',
    given: [{ kind: 'recorder_stopped' }],
    meets: (kind) => OF_OTHER_SERVICES.includes(kind) || OF_ALL.includes(kind),
  },
}

/** The ways in which a fault strikes: always, once, and in the middle of listings. What lasts strikes in one way alone. */
function ways(kind: FaultKind, { lists, gets }: Reading): Record<string, Rule> {
  // Pages that stay empty for ever would be read for ever.
  const everywhere = { kind, ...(kind === 'empty_page' && { times: 20 }) }
  if (AWS_LASTING_FAULTS.includes(kind)) return { everywhere }
  // Few answers are asked for by a cursor: those of one operation come in the same order each time.
  const some = ['expired_cursor', 'repeated_cursor'].includes(kind)
    ? { operation: lists, probability: 0.8 }
    : { probability: 0.2 }
  // Where it strikes once, that must be a call that it changes.
  const at: Partial<Rule> = {
    ...(['lost_page', 'duplicate_items', 'empty_page'].includes(kind) && { operation: lists }),
    ...(kind === 'unprocessed_keys' && { operation: gets! }),
    ...(kind === 'buckets_everywhere' && { table: 'AWS::S3::Bucket' }),
  }
  return {
    everywhere,
    once: { kind, times: 1, ...at },
    ...(!OF_CLOUD_CONTROL.includes(kind) && !OF_BATCHES.includes(kind) && { 'on second pages': { kind, page: 2 } }),
    ...(kind !== 'buckets_everywhere' && {
      'on some answers': { kind, ...some, ...(kind === 'empty_page' && { times: 20 }) },
    }),
  }
}

// A session that hangs is tried for as long as the timeout says.
const TIMEOUT_MS = 250

describe('AWS, whatever goes wrong', function () {
  this.timeout(60_000)

  for (const [how, reading] of Object.entries(READINGS)) {
    let simulator: Simulator
    let truth: ReadonlySet<string>
    before(async () => {
      // Pages of an index that are so small have a second one.
      const estate = { seed: 51, resources: 800, awsAccounts: 1, awsRegions: 2 }
      simulator = await startSimulator({ estate, mostPerPage: 150 })
      truth = new Set(simulator.estate.ids('aws'))
    })
    after(() => simulator.close())
    afterEach(() => simulator.setFaults([]))

    const countMissing = (found: ReadonlySet<string>) => [...truth].filter((id) => !found.has(id)).length
    for (const kind of faultsOf('aws').filter(reading.meets)) {
      it(`read ${how}, ${kind} never makes what is missing complete, nor counts anything twice`, async () => {
        for (const [way, rule] of Object.entries(ways(kind, reading))) {
          const listed: readonly Rule[] = OF_BATCHES.includes(kind) ? [{ kind: 'sql_uncovered' }] : []
          strike(simulator, rule, ...listed, ...(reading.given ?? []))
          const options = reading.options(simulator)
          const one = { endpoint: simulator.awsEndpoint, timeoutMs: TIMEOUT_MS, accounts: [], ...options }
          const { artifacts, incomplete } = await run(awsProvider(one))
          expect(simulator.faults()[0]!.met, `${kind} ${way}: met`).to.be.greaterThan(0)
          const ids = artifacts.map(({ metadata }) => metadata.resource_id)
          const found = new Set(ids)
          // Without ARNs the ids are others: as many as there are, all the same.
          const missing = kind === 'no_arn' ? truth.size - found.size : countMissing(found)
          if (missing > 0 && !reading.untold?.includes(kind))
            expect(incomplete, `${kind} ${way}: ${missing} missing`).to.not.have.length(0)
          if (incomplete.length === 0) expect(ids.length, `${kind} ${way}: each once`).to.equal(found.size)
        }
      })
    }
  }

  it('meets every fault that there is', () => {
    const met = faultsOf('aws').filter((kind) => Object.values(READINGS).some(({ meets }) => meets(kind)))
    expect(met).to.deep.equal(faultsOf('aws'))
  })
})
