import { faultsOf, type FaultRule } from '@cae/cloud-simulator'
import { PROVIDER_NAMES, type ProviderName } from '@cae/core'
import { expect } from 'chai'
import { join } from 'node:path'
import { deliveredArtifacts, startCluster, type Cluster, type Job } from '../support/index.ts'
import { ELSEWHERE, FAULTS, type FaultCase } from './fault-cases.ts'

/** One line of the table that is printed at the end. */
interface Row {
  readonly provider: ProviderName
  readonly fault: string
  readonly status: string
  readonly outcomes: string
  readonly delivered: number
  readonly truth: number
}

describe('coverage under faults', () => {
  let cluster: Cluster
  let truth: Readonly<Record<string, number>>
  const rows: Row[] = []

  before(async () => {
    cluster = await startCluster({
      clouds: { seed: 5, resources: 12_000, accounts: 2, regions: 2, subscriptions: 3, projects: 2 },
      workers: 1,
      environment: {
        LIMITS_ENABLED: 'false',
        LOG_LEVEL: 'error',
        WORKER_ATTEMPTS: '3',
        WORKER_BACKOFF_MS: '10',
        WORKER_THROTTLE_PATIENCE_MS: '4000',
        AWS_REQUEST_TIMEOUT_MS: '1000',
        AZURE_REQUEST_TIMEOUT_MS: '1000',
        GCP_REQUEST_TIMEOUT_MS: '1000',
      },
    })
    truth = await countsByScope(cluster)
  })
  after(async () => {
    await cluster.stop()
    for (const line of tableOf(rows.toSorted((a, b) => a.provider.localeCompare(b.provider)))) console.log(line)
  })

  /** The clouds do not know of each other, so that one fault of each is tried at a time. */
  const tryRound = async (round: readonly FaultCase[]) => {
    await cluster.clouds.setFaults(round.flatMap((fault) => rulesOf(fault, cluster)))
    const ids = await Promise.all(round.map(({ provider }) => cluster.submit({ providers: [provider] })))
    return Promise.all(ids.map((id) => cluster.finished(id)))
  }

  for (const { fault, round, ended } of inRounds((cases) => tryRound(cases))) {
    it(`${fault.provider}: ${fault.name}: ${fault.says}`, async () => {
      const job = (await ended())[round.indexOf(fault)]!
      const id = job.job_id
      const delivered = deliveredByScope(join(cluster.folder, id))
      rows.push(rowOf(fault, job, delivered, truth))

      expect(job.status, JSON.stringify(job.errors)).to.equal(fault.status)
      if (fault.outcome) expect(Object.keys(job.outcomes), JSON.stringify(job.errors)).to.include(fault.outcome)
      await expectNoLie(id, fault.provider)
    })
  }

  for (const provider of PROVIDER_NAMES) {
    it(`has a case for every fault of ${provider} that the simulator knows`, () => {
      const cases = FAULTS.filter((one) => one.provider === provider)
      const kinds = new Set(cases.flatMap(({ rules }) => rules.map(({ kind }) => kind)))
      for (const kind of faultsOf(provider)) if (!ELSEWHERE[provider].includes(kind)) expect(kinds).to.include(kind)
    })
  }

  /** What every run must hold: where all slices of a scope are complete, all that the scope has was delivered. */
  const expectNoLie = async (id: string, provider: ProviderName) => {
    const slices = await cluster.tasks(id)
    const delivered = deliveredByScope(join(cluster.folder, id))
    for (const scope of scopesOf(cluster, provider)) {
      const own = slices.filter((slice) => slice.scope === scope || !isScope(cluster, slice.scope))
      const isComplete = own.every(({ outcome }) => outcome === 'complete')
      if (isComplete) expect(delivered[scope], `${scope} is called complete`).to.equal(truth[scope])
      else expect(delivered[scope] ?? 0).to.be.at.most(truth[scope]!)
    }
  }
})

/** Every case, with the round that it is tried in; a round begins when its first case is asked for. */
function inRounds(tryRound: (round: readonly FaultCase[]) => Promise<Job[]>) {
  const queues = PROVIDER_NAMES.map((provider) => FAULTS.filter((fault) => fault.provider === provider))
  const rounds = Array.from({ length: Math.max(...queues.map(({ length }) => length)) }, (_, n) =>
    queues.flatMap((queue) => queue[n] ?? []),
  )
  return rounds.flatMap((round) => {
    let jobs: Promise<Job[]> | undefined
    const ended = () => (jobs ??= tryRound(round))
    return round.map((fault) => ({ fault, round, ended }))
  })
}

function rulesOf({ provider, rules }: FaultCase, { clouds }: Cluster): FaultRule[] {
  const place = {
    aws: { scope: clouds.awsAccounts[0]!, region: clouds.awsRegions[0]! },
    azure: { scope: clouds.azureSubscriptions[0]! },
    gcp: { scope: clouds.gcpProjects[0]! },
  }[provider]
  return rules.map((rule) => ({ provider, ...place, ...rule }))
}

function scopesOf({ clouds }: Cluster, provider: ProviderName): readonly string[] {
  return { aws: clouds.awsAccounts, azure: clouds.azureSubscriptions, gcp: clouds.gcpProjects }[provider]
}

function isScope(cluster: Cluster, scope: string): boolean {
  return (['aws', 'azure', 'gcp'] as const).some((provider) => scopesOf(cluster, provider).includes(scope))
}

async function countsByScope({ clouds }: Cluster): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { scope, count } of await clouds.slices()) counts[scope] = (counts[scope] ?? 0) + count
  return counts
}

// Different resources, by the scope that they say they are of.
function deliveredByScope(folder: string): Record<string, number> {
  const ids = new Map<string, Set<string>>()
  for (const { metadata } of deliveredArtifacts(folder).all()) {
    const scope = metadata.account_id ?? metadata.subscription_id ?? metadata.project_id ?? 'none'
    ids.set(scope, (ids.get(scope) ?? new Set()).add(metadata.resource_id))
  }
  return Object.fromEntries([...ids].map(([scope, set]) => [scope, set.size]))
}

function rowOf(
  { provider, name }: FaultCase,
  job: Job,
  delivered: Record<string, number>,
  truth: Record<string, number>,
): Row {
  const sum = (counts: Record<string, number>) => Object.values(counts).reduce((a, b) => a + b, 0)
  const own = Object.fromEntries(Object.entries(truth).filter(([scope]) => scope in delivered))
  const outcomes = Object.entries(job.outcomes).map(([outcome, count]) => `${count} ${outcome}`)
  return {
    provider,
    fault: name,
    status: job.status,
    outcomes: outcomes.join(', '),
    delivered: sum(delivered),
    truth: sum(own),
  }
}

function tableOf(rows: readonly Row[]): string[] {
  const cells = rows.map(({ provider, fault, status, outcomes, delivered, truth }) => [
    provider,
    fault,
    status,
    outcomes,
    `${delivered} of ${truth}`,
  ])
  const all = [['cloud', 'fault', 'run', 'slices', 'delivered'], ...cells]
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)))
  return all.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')}`.trimEnd())
}
