import { faultsOf, type FaultRule } from '@cae/cloud-simulator'
import { PROVIDER_NAMES, type Artifact, type ProviderName } from '@cae/core'
import { expect } from 'chai'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readDelivered, startCluster, type Cluster, type Clouds, type Job, type TaskAnswer } from '../support/index.ts'
import { ELSEWHERE, FAULTS, SETTINGS, type FaultCase, type SettingsName } from './fault-cases.ts'
import { expectCounts } from './counts.ts'
import { identitiesOf, isNamed, isOfTask, isToldBy, placeOf, type Estate } from './places.ts'

/** One line of the table that is printed at the end. */
interface Row {
  readonly provider: ProviderName
  readonly fault: string
  readonly status: string
  readonly outcomes: string
  readonly delivered: number
  readonly truth: number
  readonly met: number
  readonly note: string
}

/** A case that was tried. */
interface Tried {
  readonly job: Job
  readonly tasks: readonly TaskAnswer[]
  readonly delivered: ReadonlySet<string>
  /** How many the batches hold, where the latest of each id counts. */
  readonly inBatches: number
  /** Of each rule, how often it changed an answer. */
  readonly met: readonly number[]
}

// A call may take a second on a busy machine without anything being wrong.
const PATIENCE = {
  LIMITS_ENABLED: 'false',
  LOG_LEVEL: 'error',
  WORKER_ATTEMPTS: '3',
  WORKER_BACKOFF_MS: '10',
  WORKER_THROTTLE_PATIENCE_MS: '4000',
  AWS_REQUEST_TIMEOUT_MS: '3000',
  AZURE_REQUEST_TIMEOUT_MS: '3000',
  GCP_REQUEST_TIMEOUT_MS: '3000',
}

interface Way {
  readonly says: string
  readonly environment: (clouds: Clouds) => Record<string, string>
}

/** Above the settings that name every scope. */
const WAYS: Readonly<Record<SettingsName, Way>> = {
  named: { says: 'named', environment: () => ({}) },
  found: {
    says: 'found by an aggregator and in a tenant',
    environment: ({ awsAccounts, awsRegions }) => ({
      AWS_ACCOUNTS: '[]',
      AWS_AGGREGATORS: JSON.stringify([{ name: 'organization', account_id: awsAccounts[0], region: awsRegions[0] }]),
      AZURE_ACCOUNTS: '[]',
      AZURE_ALL_SUBSCRIPTIONS: 'true',
      GCP_CONTENT: 'resource,iam_policy,relationship',
    }),
  },
  organization: {
    says: 'found in an organization',
    environment: () => ({ AWS_ACCOUNTS: '[]', AWS_ORGANIZATION_ROLE_NAME: 'cae-reader', ENABLED_PROVIDERS: 'aws' }),
  },
}

describe('coverage under faults', () => {
  const rows: Row[] = []
  after(() => {
    for (const line of tableOf(rows.toSorted((a, b) => a.provider.localeCompare(b.provider)))) console.log(line)
    for (const { provider, kind, test, why } of ELSEWHERE) console.log(`  ${provider}  ${kind}: in ${test}: ${why}`)
  })

  for (const settings of SETTINGS) {
    describe(`where scopes are ${WAYS[settings].says}`, () => {
      const cases = FAULTS.filter((fault) => (fault.more?.settings ?? 'named') === settings)
      let cluster: Cluster
      let estate: Estate
      before(async () => {
        cluster = await startCluster({
          clouds: {
            seed: 5,
            resources: 5000,
            accounts: 2,
            regions: 2,
            subscriptions: 3,
            projects: 2,
            'most-per-page': 300,
          },
          workers: 1,
          environment: (clouds) => ({ ...PATIENCE, ...WAYS[settings].environment(clouds) }),
        })
        estate = await readEstate(cluster, new Set(cases.map(({ provider }) => provider)))
      })
      after(() => cluster.stop())

      for (const { fault, tried } of inRounds(cases, (round) => tryRound(cluster, estate, round))) {
        it(`${fault.provider}: ${fault.name}: ${fault.says}`, async () => {
          const one = await tried()
          rows.push(rowOf(fault, one, estate))
          expectRight(fault, one, estate, cluster.clouds)
        })
      }
    })
  }

  for (const provider of PROVIDER_NAMES) {
    it(`has a case for every fault of ${provider} that the simulator knows`, () => {
      const cases = FAULTS.filter((one) => one.provider === provider)
      const elsewhere = ELSEWHERE.filter((one) => one.provider === provider)
      for (const { test } of elsewhere) expect(existsSync(join('..', test)), test).to.equal(true)
      const kinds = new Set([...cases.flatMap(({ rules }) => rules), ...elsewhere].map(({ kind }) => kind))
      expect([...kinds]).to.include.members([...faultsOf(provider)])
    })
  }
})

/** What a run without faults delivers: all that there is, and what stands above scopes. */
async function readEstate(cluster: Cluster, providers: ReadonlySet<ProviderName>): Promise<Estate> {
  const id = await cluster.submit({ providers: [...providers] })
  const { status, errors } = await cluster.finished(id)
  expect(status, JSON.stringify(errors)).to.equal('completed')
  const places = new Map<string, ReturnType<typeof placeOf>>()
  const known = new Map<string, string>()
  for (const artifact of artifactsOf(cluster, id)) {
    const { resource_id } = artifact.metadata
    places.set(resource_id, placeOf(artifact))
    for (const identity of identitiesOf(artifact)) known.set(identity, resource_id)
  }
  const truth = await cluster.clouds.ids([...providers])
  expect(truth.filter((one) => !places.has(one))).to.deep.equal([])
  return { places, known }
}

function artifactsOf({ folder }: Cluster, id: string): Iterable<Artifact> {
  return readDelivered(join(folder, id))
}

/** The clouds do not know of each other, so that one fault of each is tried at a time. */
async function tryRound(cluster: Cluster, estate: Estate, round: readonly FaultCase[]): Promise<Tried[]> {
  const rules = round.map((fault) => rulesOf(fault, cluster.clouds))
  await cluster.clouds.setFaults(rules.flat())
  const ids = await Promise.all(round.map(({ provider }) => cluster.submit({ providers: [provider] })))
  const jobs = await Promise.all(ids.map((id) => cluster.finished(id)))
  const met = (await cluster.clouds.faults()).map((one) => one.met)
  return Promise.all(
    jobs.map(async (job, n) => {
      const tasks = await cluster.tasks(job.job_id)
      const ids = [...artifactsOf(cluster, job.job_id)].map((artifact) => knownAs(artifact, estate))
      return {
        job,
        tasks,
        delivered: new Set(ids),
        inBatches: ids.length,
        met: met.splice(0, rules[n]!.length),
      }
    }),
  )
}

// A resource that shows less of itself than it would is the same resource; one that nobody knows is none.
function knownAs(artifact: Artifact, { known }: Estate): string {
  const id = identitiesOf(artifact)
    .map((identity) => known.get(identity))
    .find((one) => one !== undefined)
  expect(id, `${artifact.metadata.resource_id} exists`).to.not.equal(undefined)
  return id!
}

/** Every case, with what comes of the round that it is tried in, which begins when its first case is asked for. */
function inRounds(cases: readonly FaultCase[], tryAll: (round: readonly FaultCase[]) => Promise<Tried[]>) {
  const queues = PROVIDER_NAMES.map((provider) => cases.filter((fault) => fault.provider === provider))
  const rounds = Array.from({ length: Math.max(...queues.map(({ length }) => length)) }, (_, n) =>
    queues.flatMap((queue) => queue[n] ?? []),
  )
  return rounds.flatMap((round) => {
    let all: Promise<Tried[]> | undefined
    return round.map((fault, n) => ({ fault, tried: async () => (await (all ??= tryAll(round)))[n]! }))
  })
}

function rulesOf({ provider, rules, more = {} }: FaultCase, clouds: Clouds): FaultRule[] {
  const place = {
    aws: {
      scope: clouds.awsAccounts[more.account ?? 0]!,
      ...(more.account === undefined && { region: clouds.awsRegions[0]! }),
    },
    azure: { scope: clouds.azureSubscriptions[0]! },
    gcp: { scope: clouds.gcpProjects[0]! },
  }[provider]
  return rules.map((rule) => ({ provider, ...place, ...rule }))
}

/** Nothing is missing but where the fault says so, and what it does not name is complete. */
function expectRight(fault: FaultCase, tried: Tried, estate: Estate, clouds: Clouds): void {
  const { job, tasks, delivered, met } = tried
  const { status, outcome, more = {} } = fault
  const rules = rulesOf(fault, clouds)
  for (const [n, { kind }] of rules.entries()) {
    if (more.unmet) expect(met[n], `${kind} met, though ${more.unmet}`).to.equal(0)
    else expect(met[n], `${kind} met`).to.be.greaterThan(0)
  }
  const errors = JSON.stringify(job.errors)
  expect(job.status, errors).to.equal(status)
  const wrong = Object.keys(job.outcomes).filter((one) => one !== 'complete' && one !== 'skipped')
  expect(wrong, errors).to.deep.equal(outcome ? [outcome] : [])
  const told = tasks.filter((task) => task.outcome !== 'complete' && task.outcome !== 'skipped')
  for (const task of told) expect(isOfTask(rules, fault, task), `${task.task_id} is ${task.outcome}`).to.equal(true)
  const missing = missingOf(fault.provider, delivered, estate)
  const spoiled = missing.filter((id) => !isNamed(rules, fault, estate.places.get(id)!))
  expect(spoiled, 'missing, and not of what the fault is about').to.deep.equal([])
  const untold = missing.filter((id) => !told.some((task) => isToldBy(task, estate.places.get(id)!)))
  expect(untold, 'missing, and called complete').to.deep.equal([])
  if (status === 'completed' || more.whole) expect(missing).to.deep.equal([])
  else expect(missing).to.not.have.length(0)
  expectCounts(fault, { ...tried, delivered: delivered.size, told, missing: missing.length })
}

function missingOf(provider: ProviderName, delivered: ReadonlySet<string>, { places }: Estate): string[] {
  return [...places].filter(([id, place]) => place.provider === provider && !delivered.has(id)).map(([id]) => id)
}

function rowOf({ provider, name, more = {} }: FaultCase, { job, delivered, met }: Tried, { places }: Estate): Row {
  const { settings, unmet } = more
  return {
    provider,
    fault: name,
    status: job.status,
    outcomes: Object.entries(job.outcomes)
      .map(([outcome, count]) => `${count} ${outcome}`)
      .join(', '),
    delivered: delivered.size,
    truth: [...places.values()].filter((place) => place.provider === provider).length,
    met: met.reduce((sum, one) => sum + one, 0),
    note: unmet ? `not met: ${unmet}` : settings ? WAYS[settings].says : '',
  }
}

function tableOf(rows: readonly Row[]): string[] {
  const cells = rows.map(({ provider, fault, status, outcomes, delivered, truth, met, note }) => [
    provider,
    fault,
    String(met),
    status,
    outcomes,
    `${delivered} of ${truth}`,
    note,
  ])
  const all = [['cloud', 'fault', 'met', 'run', 'slices', 'delivered', ''], ...cells]
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)))
  return all.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')}`.trimEnd())
}
