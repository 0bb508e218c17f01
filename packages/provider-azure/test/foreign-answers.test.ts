import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { ExtractionError, toTask, type QuotaReport } from '@cae/core'
import { testContext } from '@cae/core/testing'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { azureProvider, type AzureOptions } from '../src/index.ts'

const SUBSCRIPTION = '00000000-0000-4000-8000-000000000001'
const QUERY = { table: 'resources', subscriptions: [SUBSCRIPTION] }
const SLICE = { scope: SUBSCRIPTION, region: 'global', partition: 'resources', query: QUERY }
const ROW = { id: `/subscriptions/${SUBSCRIPTION}/resourceGroups/g`, type: 'microsoft.resources/resourcegroups' }
const HTML = { 'content-type': 'text/html' }
const JSON_TYPE = { 'content-type': 'application/json' }

type Reply = readonly [status: number, headers: Readonly<Record<string, string>>, body: string | Buffer]

/** What stands between us and Azure answers as well, and not as Azure does. */
describe('an answer that is not as Resource Graph documents its answers', () => {
  let server: Server
  let reply: Reply
  /** How many answers break off in the middle before one is whole. */
  let breaks = 0
  /** They do not break off, but nothing more comes of them. */
  let isStill = false
  before(async () => {
    server = createServer((request, response) => {
      request.resume()
      const isSignIn = request.url!.includes('/oauth2/')
      const [status, headers, body] = isSignIn ? ([200, JSON_TYPE, TOKEN] as const) : reply
      response.writeHead(status, headers)
      if (isSignIn || breaks === 0) return void response.end(body)
      breaks--
      response.write(body.slice(0, body.length / 2), () => isStill || response.destroy())
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  after(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })

  const read = async (next: Reply, context = testContext(), options: Partial<AzureOptions> = {}) => {
    reply = next
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const provider = azureProvider({ endpoint, accounts: [{ subscription_id: SUBSCRIPTION }], ...options })
    const task = toTask('run1', 'azure', new Date().toISOString(), SLICE)
    return (await provider.open(task, context)).read(null).catch((thrown: unknown) => thrown)
  }
  const rows = (more: object) => JSON.stringify({ totalRecords: 1, count: 1, data: [ROW], ...more })
  const compressed: Reply = [200, { ...JSON_TYPE, 'content-encoding': 'gzip' }, gzipSync(rows({}))]

  const cases: [string, Reply, string][] = [
    ['a page of HTML with 502', [502, HTML, '<html>'], 'UNAVAILABLE'],
    ['a page of HTML with 403', [403, HTML, '<html>'], 'ACCESS_DENIED'],
    ['a page of HTML with 429', [429, HTML, '<html>'], 'THROTTLED'],
    ['a page of HTML with 200', [200, HTML, '<html>'], 'RESPONSE_INVALID'],
    ['JSON that is no error, with 503', [503, JSON_TYPE, '"down"'], 'UNAVAILABLE'],
    ['JSON that ends in the middle, with 429', [429, JSON_TYPE, '{"error":'], 'THROTTLED'],
    ['JSON that ends in the middle, with 200', [200, JSON_TYPE, '{"count":1,"data":[{'], 'RESPONSE_INVALID'],
    ['nothing, with 200', [200, JSON_TYPE, 'null'], 'RESPONSE_INVALID'],
    [
      'rows without a word of how many there are',
      [200, JSON_TYPE, rows({ totalRecords: undefined })],
      'RESPONSE_INVALID',
    ],
    ['fewer rows than there are', [200, JSON_TYPE, rows({ totalRecords: 2 })], 'RESPONSE_INVALID'],
  ]
  for (const [what, given, code] of cases) {
    it(`${what} is ${code}`, async () => {
      expect(await read(given))
        .to.be.instanceOf(ExtractionError)
        .and.include({ code })
    })
  }

  it('is read again where it broke off, until that has happened too often', async () => {
    const page: Reply = [200, JSON_TYPE, rows({})]
    breaks = 2
    expect(await read(page))
      .to.have.property('artifacts')
      .with.lengthOf(1)
    breaks = 3
    expect(await read(page))
      .to.be.instanceOf(ExtractionError)
      .and.include({ code: 'UNAVAILABLE' })
    expect(breaks).to.equal(0)
  })

  it('is read as well where it is compressed', async () => {
    const page = await read(compressed)
    expect(page).to.have.nested.property('artifacts[0].metadata.native_id', ROW.id)
  })

  for (const still of [false, true]) {
    it(`is read again where it is compressed and ${still ? 'nothing more comes of it' : 'breaks off'}`, async () => {
      ;[breaks, isStill] = [2, still]
      const page = await read(compressed, testContext(), { timeoutMs: 1600 })
      isStill = false
      expect(page).to.have.nested.property('artifacts[0].metadata.native_id', ROW.id)
      expect(breaks).to.equal(0)
    })
  }

  it('ends with the signal, though it is compressed and nothing more comes of it', async () => {
    ;[breaks, isStill] = [1, true]
    const controller = new AbortController()
    const page = read(compressed, testContext({ signal: controller.signal }))
    // To sign in, and the query.
    for (const _ of [1, 2]) await once(server, 'request')
    await new Promise((resolve) => setTimeout(resolve, 50))
    controller.abort(new Error('stopped'))
    expect(await page).to.have.property('message', 'stopped')
    isStill = false
  })

  it('is read whole, however long and of whatever characters, also after a longer one', async () => {
    for (const length of [20_000_000, 300_000, 10]) {
      const note = '日本é'.repeat(length / 10)
      const page = await read([200, JSON_TYPE, rows({ data: [{ ...ROW, properties: { note } }] })])
      expect(page).to.have.nested.property('artifacts[0].configuration.properties.note', note)
    }
  })

  it('tells the quota and when to come again, whatever its body is', async () => {
    const reports: QuotaReport[] = []
    const limiter = {
      run: <T>(_: unknown, call: (report: (quota: QuotaReport) => void) => Promise<T>) =>
        call((q) => void reports.push(q)),
    }
    const headers = { ...HTML, 'x-ms-user-quota-remaining': '0', 'x-ms-user-quota-resets-after': '00:00:04' }
    expect(await read([429, headers, '<html>'], testContext({ limiter }))).to.include({
      code: 'THROTTLED',
      retryAfter: 4000,
    })
    expect(reports).to.deep.equal([{ remaining: 0, resetsAfter: 4000 }])
  })
})

const TOKEN = JSON.stringify({ access_token: 'a.b.c', expires_in: 3599 })
