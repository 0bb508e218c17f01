import { faultsOf, startSimulator, type FaultKind, type FaultRule, type Simulator } from '@cae/cloud-simulator'
import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { awsProvider, type AwsOptions } from '../src/index.ts'
import { strike } from './over-the-wire.ts'
import { run } from './run.ts'

type Rule = Omit<FaultRule, 'provider'>

/** The ways in which a fault strikes: always, in one region, once, and in the middle of listings. */
const ways = (kind: FaultKind): Record<string, Rule> => ({
  // Pages that stay empty for ever would be read for ever.
  everywhere: { kind, ...(kind === 'empty_page' && { times: 20 }) },
  once: { kind, times: 1 },
  'on second pages': { kind, page: 2 },
  'on some answers': { kind, probability: 0.2, ...(kind === 'empty_page' && { times: 20 }) },
})

// An aggregator says nothing of the recorders, and collects all that they have.
const UNTOLD: Readonly<Record<string, readonly FaultKind[]>> = { 'by an aggregator': ['recorder_fresh'] }

// A session that hangs is tried for as long as the timeout says.
const TIMEOUT_MS = 250

describe('AWS, whatever goes wrong', function () {
  this.timeout(60_000)

  let simulator: Simulator
  let truth: ReadonlySet<string>
  before(async () => {
    simulator = await startSimulator({ estate: { seed: 51, resources: 800, awsAccounts: 1, awsRegions: 2 } })
    truth = new Set(simulator.estate.ids('aws'))
  })
  after(() => simulator.close())
  afterEach(() => simulator.setFaults([]))

  const countMissing = (found: ReadonlySet<string>) => [...truth].filter((id) => !found.has(id)).length
  const providers: Record<string, () => Partial<AwsOptions>> = {
    'by account and region': () => ({
      accounts: [{ account_id: simulator.estate.awsAccounts[0]!, regions: [...simulator.estate.awsRegions] }],
    }),
    'by an aggregator': () => ({
      aggregators: [{ name: 'organization', account_id: simulator.estate.awsAccounts[0]!, region: 'us-east-1' }],
    }),
  }
  for (const [how, options] of Object.entries(providers)) {
    for (const kind of faultsOf('aws')) {
      it(`read ${how}, ${kind} never makes what is missing complete, nor counts anything twice`, async () => {
        for (const [way, rule] of Object.entries(ways(kind))) {
          strike(simulator, rule)
          const one = { endpoint: simulator.awsEndpoint, timeoutMs: TIMEOUT_MS, accounts: [], ...options() }
          const { artifacts, incomplete } = await run(awsProvider(one))
          const ids = artifacts.map(({ metadata }) => metadata.resource_id)
          const found = new Set(ids)
          // Without ARNs the ids are others: as many as there are, all the same.
          const missing = kind === 'no_arn' ? truth.size - found.size : countMissing(found)
          if (missing > 0 && !UNTOLD[how]?.includes(kind))
            expect(incomplete, `${kind} ${way}: ${missing} missing`).to.not.have.length(0)
          if (incomplete.length === 0) expect(ids.length, `${kind} ${way}: each once`).to.equal(found.size)
        }
      })
    }
  }
})
