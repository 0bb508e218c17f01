import { fromNativeName, resolveServices } from '@cae/catalogue'
import { selector, type Artifact, type ExtractionRequest } from '@cae/core'
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { deliveredFiles } from './delivered-files.ts'
import { exampleNames, examplePath } from './example-files.ts'
import { startCluster, type Cluster } from '../support/index.ts'

const PROVIDERS = ['aws', 'azure', 'gcp'] as const

const read = (name: string) => JSON.parse(readFileSync(examplePath(name), 'utf8')) as Partial<ExtractionRequest>

describe('the example requests, over the estate of examples/simulator.yaml', () => {
  let cluster: Cluster
  let inventory: readonly Artifact[]

  before(async () => {
    cluster = await startCluster({
      clouds: { seed: 1, resources: 20_000 },
      workers: 1,
      environment: { CONFIG_FILE: examplePath('simulator.yaml'), LIMITS_ENABLED: 'false' },
    })
    inventory = await delivered('requests/inventory.json')
  })

  after(() => cluster.stop())

  async function delivered(name: string): Promise<Artifact[]> {
    const id = await cluster.submit(read(name))
    expect((await cluster.finished(id)).status).to.equal('completed')
    return deliveredFiles(join(cluster.folder, id)).flatMap(({ artifacts }) => artifacts)
  }

  it('inventory.json delivers all that exists', async () => {
    expect(idsOf(inventory)).to.deep.equal((await cluster.clouds.ids()).toSorted())
  })

  for (const name of exampleNames('requests').filter((one) => one !== 'inventory.json')) {
    it(`${name} delivers what it names of that, all of it and nothing else`, async () => {
      const wanted = inventory.filter(fits(read(`requests/${name}`)))
      expect(wanted).to.have.length.within(50, inventory.length / 2)
      expect(idsOf(await delivered(`requests/${name}`))).to.deep.equal(idsOf(wanted))
    })

    it(`${name} names only what exists`, () => {
      const { services = [], resource_types = [], regions = [], filters = {} } = read(`requests/${name}`)
      for (const service of services) expectSome(service, { services: [service] })
      for (const region of regions) {
        expect(
          inventory.some(({ metadata }) => metadata.region === region),
          region,
        ).to.equal(true)
      }
      for (const type of resource_types) expectSome(type, { resource_types: [type] })
      for (const type of filters.resource_types ?? []) expectSome(type, { filters: { resource_types: [type] } })
      for (const [label, value] of Object.entries(filters.labels ?? {}))
        for (const one of [value].flat()) expectSome(one, { filters: { labels: { [label]: one } } })
    })
  }

  for (const name of exampleNames('schedules')) {
    it(`the schedule ${name} is taken, with a next run`, async () => {
      const response = await fetch(`${cluster.apiUrl}/schedules/`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: readFileSync(examplePath(`schedules/${name}`)),
      })
      const schedule = (await response.json()) as { name: string; next_run: string }
      expect(response.status, JSON.stringify(schedule)).to.equal(201)
      expect(`${schedule.name}.json`).to.equal(name)
      expect(Date.parse(schedule.next_run)).to.be.greaterThan(Date.now())
    })
  }

  function expectSome(name: string, part: Partial<ExtractionRequest>): void {
    expect(inventory.some(fits(part)), `${name} exists`).to.equal(true)
  }
})

/** What the API takes a request to mean. */
function fits({ services, resource_types, ...rest }: Partial<ExtractionRequest>): (artifact: Artifact) => boolean {
  const names = services && Object.values(resolveServices(services, PROVIDERS).byProvider).flat()
  const types = resource_types?.map((name) => fromNativeName(name)?.resourceType ?? name)
  return selector({
    providers: [...PROVIDERS],
    batch_size: 1,
    ...rest,
    ...(names && { services: names }),
    ...(types && { resource_types: types }),
  })
}

function idsOf(artifacts: readonly Artifact[]): string[] {
  return artifacts.map(({ metadata }) => metadata.resource_id).toSorted()
}
