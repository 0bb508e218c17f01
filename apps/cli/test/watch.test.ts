import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { after, describe, it } from 'mocha'
import type { JobDetail } from '../src/api/views.ts'
import { run } from './support/host.ts'
import { QUOTA_WAIT, runningJob, testJob } from './support/job.ts'

describe('watching a job', function () {
  this.timeout(20_000)
  const servers = new Set<Server>()
  after(() => servers.forEach((server) => server.close()))

  /** An API that knows one job. */
  async function serve(job: JobDetail, port = 0): Promise<{ port: number; stop(): void }> {
    const server = createServer((request, response) => {
      const coverage = { ...job, total: 0, slices: [] }
      response.end(JSON.stringify(request.url!.includes('/coverage') ? coverage : job))
    })
    servers.add(server)
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    return {
      port: (server.address() as AddressInfo).port,
      stop() {
        server.close()
        server.closeAllConnections()
      },
    }
  }

  it('tells that the API is away, waits for it, and ends as the job does', async () => {
    const first = await serve(runningJob())
    const { job_id } = testJob()
    const following = run(['jobs', 'follow', job_id, '--api', `http://127.0.0.1:${first.port}`])
    await sleep(500)
    first.stop()
    await sleep(2500)
    await serve(testJob(), first.port)
    const { code, out } = await following
    expect(out.match(/does not answer; we wait a minute for it/g)).to.have.length(1)
    expect(out).to.match(/! Coverage +4 of 5 slices complete; 1 denied: unknown, not empty/)
    expect(code).to.equal(3)
  })

  it('does not claim that a job goes on whose API is away', async () => {
    const api = await serve(runningJob())
    const url = `http://127.0.0.1:${api.port}`
    const stop = new AbortController()
    const following = run(['jobs', 'follow', 'ID', '--api', url], { stop: stop.signal })
    await sleep(500)
    api.stop()
    await sleep(2500)
    stop.abort()
    const { code, out, err } = await following
    expect(out + err)
      .to.include(`whether it goes on the API does not say. Follow it with: cae jobs follow ID --api ${url}`)
      .and.not.match(/the job goes on/i)
    expect(code).to.equal(130)
  })

  it('says that no worker takes a job up, once, and leads back to the same API', async () => {
    const api = await serve(runningJob({ status: 'queued', by_provider: {} }))
    const url = `http://127.0.0.1:${api.port}`
    const stop = new AbortController()
    const following = run(['jobs', 'follow', 'ID', '--api', url], { stop: stop.signal })
    await sleep(6500)
    stop.abort()
    const { code, out, err } = await following
    expect(out.match(/no worker has taken/gi)).to.have.length(1)
    expect(out).to.match(/no worker has taken the job up yet: .* cae check --api http/)
    expect(err).to.equal(`The job goes on without us. Follow it with: cae jobs follow ID --api ${url}\n`)
    expect(code).to.equal(130)
  })

  it('says what holds a job up on stderr where a program reads stdout', async () => {
    const api = await serve(runningJob({ waiting: [QUOTA_WAIT] }))
    const url = `http://127.0.0.1:${api.port}`
    const stop = new AbortController()
    const following = run(['jobs', 'follow', 'ID', '--api', url, '--json'], { stop: stop.signal })
    await sleep(6500)
    stop.abort()
    const { out, err } = await following
    expect(out).to.equal('')
    expect(err.match(/AWS waits for its quota.* → Nothing: it waits\./g)).to.have.length(1)
  })
})
