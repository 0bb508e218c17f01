import { expect } from 'chai'
import { setTimeout as sleep } from 'node:timers/promises'
import { startCluster, type Cluster } from '../support/index.ts'

describe('a schedule', () => {
  let cluster: Cluster
  before(async () => {
    cluster = await startCluster({ clouds: { seed: 5, resources: 30 }, workers: 2 })
  })
  after(() => cluster.stop())

  const call = async (method: string, path: string, body?: object) => {
    const response = await fetch(cluster.apiUrl + path, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    return (response.status === 204 ? {} : await response.json()) as {
      jobs?: { schedule: string; created_at: string }[]
      last_job_id?: string | null
    }
  }
  const runsOf = async (name: string) =>
    (await call('GET', '/extraction/jobs?limit=1000')).jobs!.filter(({ schedule }) => schedule === name)

  it('fires once a tick with several workers, also across a restart of one', async () => {
    await call('POST', '/schedules/', { name: 'often', cron_expression: '* * * * * *', provider: 'aws' })
    await sleep(2500)
    await cluster.workers[0]!.stop('SIGKILL')
    await cluster.startWorker()
    await sleep(2500)
    await call('PUT', '/schedules/often/pause')
    await sleep(500)
    const runs = await runsOf('often')
    expect(runs.length).to.be.at.least(2)
    const seconds = runs.map(({ created_at }) => created_at.slice(0, 19))
    expect(new Set(seconds).size, 'no second has two runs').to.equal(seconds.length)
    expect((await call('GET', '/schedules/often')).last_job_id).to.be.a('string')
  })

  it('does not fire while it is paused', async () => {
    const before = (await runsOf('often')).length
    await sleep(2200)
    expect((await runsOf('often')).length).to.equal(before)
  })

  it('fires again when it is resumed, and no more when it is deleted', async () => {
    const before = (await runsOf('often')).length
    await call('PUT', '/schedules/often/resume')
    while ((await runsOf('often')).length === before) await sleep(100)
    await call('DELETE', '/schedules/often')
    await sleep(1200)
    const after = (await runsOf('often')).length
    await sleep(2200)
    expect((await runsOf('often')).length).to.equal(after)
  })
})
