import { expect } from 'chai'
import { setTimeout as sleep } from 'node:timers/promises'
import { startCluster, type Cluster } from '../support/index.ts'

const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz'

describe('a schedule', () => {
  let cluster: Cluster
  before(async () => {
    cluster = await startCluster({
      clouds: { seed: 5, resources: 30 },
      workers: 2,
      // A run that a crash interrupts keeps the next ones from being made until it has ended.
      environment: { WORKER_LOCK_DURATION_MS: '2000', WORKER_STALLED_INTERVAL_MS: '500' },
    })
  })
  after(() => cluster.stop())

  const call = async (method: string, path: string, body?: object) => {
    const response = await fetch(cluster.apiUrl + path, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    return (response.status === 204 ? {} : await response.json()) as {
      jobs?: { job_id: string; schedule: string; created_at: string }[]
      last_job_id?: string | null
      schedules?: { name: string; last_run: string | null; last_job_id: string | null }[]
    }
  }
  const runsOf = async (name: string) =>
    (await call('GET', '/extraction/jobs?limit=1000')).jobs!.filter(({ schedule }) => schedule === name)

  /** Resolves once as many runs were made after this moment; the API may not know, or not be there, for a while. */
  const firesAgain = async (count: number) => {
    const now = new Date().toISOString()
    for (;;) {
      const runs = await runsOf('often').catch(() => [])
      if (runs.filter(({ created_at }) => created_at > now).length >= count) return
      await sleep(100)
    }
  }

  it('fires once a tick with several workers, also across crashes of a worker, the API and Redis', async () => {
    await call('POST', '/schedules/', { name: 'often', cron_expression: '* * * * * *', provider: 'aws' })
    await firesAgain(2)
    await cluster.workers[0]!.stop('SIGKILL')
    await Promise.all([cluster.startWorker(), cluster.crashApi()])
    await firesAgain(2)
    await cluster.crashRedis()
    await firesAgain(2)
    await call('PUT', '/schedules/often/pause')
    await sleep(500)
    const runs = await runsOf('often')
    const ticks = runs.map(({ job_id }) => tickOf(job_id))
    // Of the tick, whole seconds here, and not of when a worker came to it.
    expect(ticks.map((tick) => tick % 1000)).to.deep.equal(ticks.map(() => 0))
    expect(new Set(ticks).size, 'no tick has two runs').to.equal(ticks.length)
    const [listed] = (await call('GET', '/schedules/')).schedules!
    const [last] = runs
    expect(listed).to.include({ name: 'often', last_job_id: last!.job_id, last_run: last!.created_at })
    expect(Date.parse(listed!.last_run!)).to.be.within(tickOf(last!.job_id), Date.now())
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

/** The moment that made a run, in milliseconds: its id begins with it, in 9 digits to the base of 32. */
function tickOf(runId: string): number {
  let time = 0
  for (const digit of runId.slice(0, 9)) time = time * 32 + DIGITS.indexOf(digit)
  return time
}
