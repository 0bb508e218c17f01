import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { ExtractionError, type Transport } from '@cae/core'
import { testArtifact } from '@cae/core/testing'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { httpTransport, type HttpOptions } from '../src/index.ts'
import { instantClock } from './clock.ts'
import { answer, receiver, type Receiver } from './receiver.ts'

const batch = {
  id: 'run1-aws.1.us-east-1.all-000000',
  runId: 'run1',
  taskId: 'run1-aws.1.us-east-1.all',
  artifacts: [testArtifact(1), testArtifact(2)],
}
const { signal } = new AbortController()

describe('httpTransport', () => {
  let server: Receiver
  let clock: ReturnType<typeof instantClock>
  const open: Transport[] = []

  beforeEach(async () => {
    server = await receiver()
    clock = instantClock()
  })
  afterEach(async () => {
    for (const transport of open.splice(0)) await transport.close()
    await server.close()
  })

  const transport = (options: Partial<HttpOptions> = {}) => {
    const made = httpTransport({ endpoint_url: server.url, ...options }, { clock, random: () => 0 })
    open.push(made)
    return made
  }
  const failure = async (options: Partial<HttpOptions> = {}): Promise<ExtractionError> => {
    const thrown = await transport(options)
      .deliver(batch, signal)
      .catch((error: unknown) => error)
    expect(thrown).to.be.instanceOf(ExtractionError)
    return thrown as ExtractionError
  }

  const checkFailure = async (options: Partial<HttpOptions> = {}): Promise<ExtractionError> => {
    const thrown = await transport(options).check!(signal).catch((error: unknown) => error)
    expect(thrown).to.be.instanceOf(ExtractionError)
    return thrown as ExtractionError
  }

  it('posts the batch as JSON with its id as idempotency key', async () => {
    const { bytes } = await transport().deliver(batch, signal)
    const [request] = server.requests
    expect(request?.headers).to.include({ 'content-type': 'application/json', 'idempotency-key': batch.id })
    expect(request?.headers['user-agent']).to.match(/^cloud-artifact-extractor/)
    expect(request?.bytes).to.equal(bytes)
    expect(request?.batch).to.deep.equal({
      batch_id: batch.id,
      run_id: batch.runId,
      task_id: batch.taskId,
      artifacts: batch.artifacts,
    })
  })

  it('sends of many batches at once each its own, while others are aborted on their way or tried again', async () => {
    const made = transport()
    const batches = Array.from({ length: 24 }, (_, n) => ({
      ...batch,
      id: `${batch.id}${n}`,
      artifacts: [{ ...testArtifact(n), configuration: { text: String.fromCharCode(97 + n).repeat(900_000 + n) } }],
    }))
    server.first.push(answer(503), answer(503), answer(503))
    const deliveries = batches.map(async (one, n) => {
      const abort = new AbortController()
      const aborted = n % 3 === 0
      if (aborted) setTimeout(() => abort.abort(), n % 5)
      await made.deliver(one, abort.signal).catch((error: unknown) => {
        if (!aborted) throw error
      })
      // In memory that one before has released.
      await made.deliver({ ...one, id: `${one.id}-again` }, signal)
    })
    await Promise.all(deliveries)
    for (const { batch: received } of server.requests) {
      const sent = batches.find(({ id }) => received.batch_id === id || received.batch_id === `${id}-again`)
      expect(received.artifacts).to.deep.equal(sent?.artifacts)
    }
    for (const { id } of batches) expect(server.batches.has(`${id}-again`), id).to.equal(true)
  })

  it('compresses where asked to, and says so', async () => {
    await transport({ compression: 'gzip' }).deliver(batch, signal)
    expect(server.requests[0]?.headers['content-encoding']).to.equal('gzip')
    expect(server.requests[0]?.batch.artifacts).to.deep.equal(batch.artifacts)
  })

  it('sends the API key as bearer token, as it is where it has a scheme, or in a header of its own', async () => {
    await transport({ api_key: 'k3y' }).deliver(batch, signal)
    await transport({ api_key: 'k3y', api_key_header: 'Authorization' }).deliver(batch, signal)
    await transport({ api_key: 'Basic abc' }).deliver(batch, signal)
    await transport({ api_key: 'k3y', api_key_header: 'X-Api-Key', headers: { 'X-Tenant': 'acme' } }).deliver(
      batch,
      signal,
    )
    expect(server.requests.map(({ headers }) => headers.authorization)).to.deep.equal([
      'Bearer k3y',
      'Bearer k3y',
      'Basic abc',
      undefined,
    ])
    expect(server.requests[3]?.headers).to.include({ 'x-api-key': 'k3y', 'x-tenant': 'acme' })
  })

  it('waits as long as a 429 asks for in seconds, and repeats the idempotency key', async () => {
    server.first.push(answer(429, { 'retry-after': '7' }))
    await transport().deliver(batch, signal)
    expect(clock.slept).to.deep.equal([7000])
    expect(server.requests.map(({ headers }) => headers['idempotency-key'])).to.deep.equal([batch.id, batch.id])
    expect(server.batches.get(batch.id)).to.deep.equal(batch.artifacts)
  })

  it('waits until the date that a 503 names', async () => {
    server.first.push(answer(503, { 'retry-after': new Date(clock.now() + 11_000).toUTCString() }))
    await transport().deliver(batch, signal)
    expect(clock.slept).to.deep.equal([11_000])
  })

  it('backs off exponentially where the receiver does not say how long', async () => {
    server.first.push(answer(408), answer(500), answer(502), answer(503, { 'retry-after': 'soon' }))
    await transport().deliver(batch, signal)
    expect(clock.slept).to.deep.equal([250, 500, 1000, 2000])
  })

  it('gives up after its retries, with what the receiver asked for', async () => {
    server.first.push(...Array.from({ length: 9 }, () => answer(503, { 'retry-after': '3' }, 'overloaded')))
    const error = await failure({ retries: 2 })
    expect(error).to.include({ code: 'DELIVERY_FAILED', retryAfter: 3000, nativeCode: '503' })
    expect(error.message).to.contain('503: overloaded').and.contain('attempt 3')
    expect(server.requests).to.have.length(3)
  })

  it('hands the task back where the receiver asks for more than is worth waiting, at most an hour', async () => {
    server.first.push(answer(429, { 'retry-after': '600' }), answer(429, { 'retry-after': '999999999' }))
    expect(await failure()).to.include({ code: 'DELIVERY_FAILED', retryAfter: 600_000 })
    expect(await failure()).to.include({ code: 'DELIVERY_FAILED', retryAfter: 3_600_000 })
    expect(server.requests).to.have.length(2)
  })

  it('takes a refusal for what it is, and quotes it', async () => {
    server.first.push(answer(400, {}, `no such\nfield ${'x'.repeat(5000)}`))
    const error = await failure()
    expect(error.code).to.equal('DELIVERY_REJECTED')
    expect(error.message).to.contain('answered 400: no such field xxx')
    expect(error.message.length).to.be.below(400)
    expect(server.requests).to.have.length(1)
  })

  for (const status of [401, 403, 404, 409, 413, 422]) {
    it(`does not try again after ${status}`, async () => {
      server.first.push(answer(status))
      expect(await failure()).to.include({ code: 'DELIVERY_REJECTED', nativeCode: String(status) })
      expect(server.requests).to.have.length(1)
    })
  }

  it('never repeats a secret that the receiver echoes', async () => {
    const url = new URL(server.url)
    url.username = 'user'
    url.password = 'pa ss'
    url.search = '?code=webhook-secret'
    const echo = 'pa ss pa%20ss webhook-secret k3y-1234 t0ken'
    const options = { endpoint_url: url.href, api_key: 'k3y-1234', headers: { 'x-token': 't0ken' } }
    for (const status of [400, 500]) {
      server.first.push(answer(status, {}, echo))
      const { message } = await failure({ ...options, retries: 0 })
      expect(message).to.contain('*** *** *** *** ***')
      for (const secret of ['pa ss', 'pa%20ss', 'webhook', 'k3y', 't0ken']) expect(message).to.not.contain(secret)
    }
  })

  it('never repeats the key of a webhook, in whatever way the receiver writes it', async () => {
    const url = new URL(`/hooks/T0000SECRET%2FPATH/artifacts?format=json&sig=abc%2Fdef%2Bghi`, server.url)
    const echo = `no ${url.pathname}${url.search} nor T0000SECRET/PATH abc/def+ghi`
    server.first.push(answer(404, {}, echo), answer(307, { location: url.href }))
    const options = { endpoint_url: url.href, retries: 0 }
    expect((await failure(options)).message).to.contain('no /hooks/***/artifacts?format=json&sig=*** nor *** ***')
    expect((await failure(options)).message).to.contain(`a redirect to ${url.origin}/hooks/***/artifacts:`)
  })

  it('does not follow a redirect, and says where it points without the query', async () => {
    const elsewhere = await receiver()
    server.first.push(answer(307, { location: `${elsewhere.url}?token=abc` }))
    const error = await failure({ api_key: 'k3y' })
    await elsewhere.close()
    expect(error.code).to.equal('DELIVERY_REJECTED')
    expect(error.message).to.contain(`307, a redirect to ${elsewhere.url}:`).and.not.contain('abc')
    expect(elsewhere.requests).to.have.length(0)
  })

  it('tries again where the answer takes too long', async () => {
    server.first.push(() => {})
    await transport({ timeout_ms: 100 }).deliver(batch, signal)
    expect(server.requests.length).to.be.at.least(2)
    expect(server.batches.has(batch.id)).to.equal(true)
  })

  it('says so where no answer comes in time', async () => {
    server.first.push(() => {})
    const error = await failure({ timeout_ms: 50, retries: 0 })
    expect(error).to.include({ code: 'DELIVERY_FAILED', nativeCode: 'ETIMEDOUT' })
  })

  it('counts a dripping answer as too slow', async () => {
    server.first.push((response) => {
      response.writeHead(200)
      const drip = setInterval(() => response.write('.'), 10)
      response.on('close', () => clearInterval(drip))
    })
    expect(await failure({ timeout_ms: 100, retries: 0 })).to.include({ nativeCode: 'ETIMEDOUT' })
  })

  it('tries again where the connection breaks before or within the answer', async () => {
    server.first.push(
      (_response, request) => request.socket.destroy(),
      (response, request) => {
        response.writeHead(200, { 'content-length': '100' })
        response.write('half', () => request.socket.destroy())
      },
    )
    await transport().deliver(batch, signal)
    expect(server.requests).to.have.length(3)
    expect(new Set(server.requests.map(({ headers }) => headers['idempotency-key'])).size).to.equal(1)
  })

  it('tries again where the connection breaks while the batch is sent', async () => {
    const sockets: Socket[] = []
    const rude = createServer((socket) => {
      sockets.push(socket)
      socket.on('error', () => {})
      socket.once('data', () => socket.resetAndDestroy())
    })
    rude.listen(0, '127.0.0.1')
    await once(rude, 'listening')
    const endpoint_url = `http://127.0.0.1:${(rude.address() as AddressInfo).port}/`
    const artifacts = Array.from({ length: 2000 }, (_, n) => testArtifact(n))
    const error = await transport({ endpoint_url, retries: 2 })
      .deliver({ ...batch, artifacts }, signal)
      .catch((thrown: unknown) => thrown)
    rude.close()
    await once(rude, 'close')
    expect(error).to.be.instanceOf(ExtractionError).and.include({ code: 'DELIVERY_FAILED' })
    expect(sockets).to.have.length(3)
  })

  it('leaves an endless answer, and counts the batch by its status', async () => {
    server.first.push((response) => {
      response.writeHead(200)
      const flood = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
        if (!response.destroyed) response.once('drain', flood)
      }
      flood()
    })
    await transport().deliver(batch, signal)
    expect(server.requests).to.have.length(1)
  })

  it('uses one connection for batches that follow each other', async () => {
    const one = transport()
    for (let n = 0; n < 5; n++) await one.deliver(batch, signal)
    expect(await server.connections()).to.equal(1)
  })

  it('ends a request under way with the reason of the signal', async () => {
    const stopping = new AbortController()
    const reason = new Error('stop')
    server.first.push(() => stopping.abort(reason))
    const thrown = await transport()
      .deliver(batch, stopping.signal)
      .catch((error: unknown) => error)
    expect(thrown).to.equal(reason)
  })

  it('ends a wait between attempts with the reason of the signal', async () => {
    const stopping = new AbortController()
    const reason = new Error('stop')
    server.first.push(answer(503, { 'retry-after': '30' }))
    const patient = httpTransport({ endpoint_url: server.url })
    open.push(patient)
    const delivery = patient.deliver(batch, stopping.signal).catch((error: unknown) => error)
    while (server.requests.length === 0) await new Promise((resolve) => setImmediate(resolve))
    stopping.abort(reason)
    expect(await delivery).to.equal(reason)
  })

  it('ends requests under way and closes every connection when it is closed', async () => {
    const one = transport()
    await one.deliver(batch, signal)
    server.first.push(() => void one.close())
    const error = await one.deliver(batch, signal).catch((thrown: unknown) => thrown)
    expect(error).to.be.instanceOf(ExtractionError).and.include({ code: 'DELIVERY_FAILED' })
    while ((await server.connections()) > 0) await new Promise((resolve) => setImmediate(resolve))
  })

  it('checks by one HEAD with the headers of a delivery, and posts nothing', async () => {
    server.first.push(answer(204))
    const said = await transport({ api_key: 'k3y', headers: { 'X-Tenant': 'acme' } }).check!(signal)
    expect(said).to.match(/^127\.0\.0\.1:\d+ answered 204 to HEAD, .* whether it takes a POST was not tried$/)
    expect(server.heads).to.have.length(1)
    expect(server.heads[0]).to.include({ authorization: 'Bearer k3y', 'x-tenant': 'acme' })
    expect(server.heads[0]).to.not.have.any.keys('content-length', 'transfer-encoding', 'idempotency-key')
    expect(server.requests).to.deep.equal([])
  })

  for (const status of [200, 400, 404, 405, 408, 415, 429, 501]) {
    it(`can be reached where it answers ${status} to HEAD, which many receivers do not know`, async () => {
      server.first.push(answer(status))
      expect(await transport().check!(signal)).to.contain(`answered ${status} to HEAD`)
    })
  }

  for (const [status, code] of [
    [401, 'DELIVERY_REJECTED'],
    [403, 'DELIVERY_REJECTED'],
    [407, 'DELIVERY_REJECTED'],
    [500, 'DELIVERY_FAILED'],
    [503, 'DELIVERY_FAILED'],
  ] as const) {
    it(`fails a check that is answered ${status}, at once`, async () => {
      server.first.push(answer(status, { 'retry-after': '1' }))
      const error = await checkFailure()
      expect(error).to.include({ code, nativeCode: String(status) })
      expect(error.message).to.contain(`answered ${status} to HEAD`)
      expect([server.heads.length, clock.slept]).to.deep.equal([1, []])
    })
  }

  it('follows no redirect when it checks, and says where it points', async () => {
    const elsewhere = await receiver()
    server.first.push(answer(308, { location: elsewhere.url }))
    const error = await checkFailure({ api_key: 'k3y' })
    await elsewhere.close()
    expect(error).to.include({ code: 'DELIVERY_REJECTED', nativeCode: '308' })
    expect(error.message).to.contain(`a redirect to ${elsewhere.url}: set endpoint_url`)
    expect(elsewhere.heads).to.deep.equal([])
  })

  it('fails a check where nobody listens, also after deliveries whose connection is still known', async () => {
    const one = transport({ retries: 0 })
    await one.deliver(batch, signal)
    await server.close()
    const error = (await one.check!(signal).catch((thrown: unknown) => thrown)) as ExtractionError
    expect(error).to.include({ code: 'DELIVERY_FAILED', nativeCode: 'ECONNREFUSED' })
    expect(error.message).to.match(/^127\.0\.0\.1:\d+ did not answer \(ECONNREFUSED\)/)
  })

  it('fails a check that is not answered in time, and ends one with the reason of the signal', async () => {
    server.first.push(() => {})
    expect(await checkFailure({ timeout_ms: 50 })).to.include({ code: 'DELIVERY_FAILED', nativeCode: 'ETIMEDOUT' })
    const stopping = new AbortController()
    const reason = new Error('stop')
    server.first.push(() => stopping.abort(reason))
    const thrown = await transport().check!(stopping.signal).catch((error: unknown) => error)
    expect(thrown).to.equal(reason)
  })

  it('leaves no connection open after a check, and ends one when it is closed', async () => {
    const one = transport()
    // With a length, the connection could be used again for as long as the receiver lets it.
    server.first.push(answer(200, { 'content-length': '2' }))
    await one.check!(signal)
    const until = Date.now() + 1000
    while (Date.now() < until && (await server.connections()) > 0) await new Promise((resolve) => setImmediate(resolve))
    expect(await server.connections()).to.equal(0)
    server.first.push(() => void one.close())
    const error = await one.check!(signal).catch((thrown: unknown) => thrown)
    expect(error).to.be.instanceOf(ExtractionError).and.include({ message: 'the http transport is closed' })
  })

  it('rejects a batch id that no header can carry', async () => {
    const error = await transport()
      .deliver({ ...batch, id: 'run1\r\nx-evil: 1' }, signal)
      .catch((thrown: unknown) => thrown)
    expect(error).to.be.instanceOf(ExtractionError).and.include({ code: 'DELIVERY_REJECTED' })
  })

  describe('refuses options that cannot work, without repeating a secret:', () => {
    const refusals: [string, HttpOptions, RegExp][] = [
      ['a URL that is none', { endpoint_url: 'hu sh' }, /^endpoint_url is not a URL$/],
      ['credentials with a % of their own', { endpoint_url: 'https://u:hush%@x/' }, /^endpoint_url has a % in/],
      ['another protocol', { endpoint_url: 'ftp://x/hush' }, /must begin with http/],
      [
        'a key over plain http',
        { endpoint_url: 'http://far.example/hush', api_key: 'hush' },
        /^api_key would go over plain http: .*allow_insecure/,
      ],
      [
        'credentials over plain http',
        { endpoint_url: 'http://u:hush@far.example/' },
        /^endpoint_url has a password, which would .*allow_insecure/,
      ],
      [
        'a key in the query over plain http',
        { endpoint_url: 'http://far.example/?format=json&sig=hush' },
        /^endpoint_url has sig in its query, which would .*allow_insecure/,
      ],
      [
        'a secret header over plain http',
        { endpoint_url: 'http://far.example', headers: { 'X-Auth': 'hush' } },
        /^headers\.X-Auth would .*allow_insecure/,
      ],
      [
        'a header with a line break',
        { endpoint_url: 'https://x', headers: { a: 'hush\n' } },
        /^headers\.a has a character that no/,
      ],
      ['a key with a line break', { endpoint_url: 'https://x', api_key: 'hush\n' }, /^api_key has a character that no/],
      [
        'a header name with a space',
        { endpoint_url: 'https://x', api_key: 'hush', api_key_header: 'a b' },
        /^api_key_header is not the name/,
      ],
      [
        'a header that is ours to set',
        { endpoint_url: 'https://x', headers: { 'Content-Type': 'hush' } },
        /^headers\.Content-Type can't be set/,
      ],
      [
        'several at once',
        { endpoint_url: 'hu sh', api_key: 'hush\n', headers: { connection: 'hush' } },
        /^endpoint_url is not a URL; api_key has [^;]+; headers\.connection can't/,
      ],
    ]
    for (const [what, options, message] of refusals) {
      it(what, () => {
        expect(() => httpTransport(options)).to.throw(message)
        expect(() => httpTransport(options)).to.not.throw(/hush|hu sh/)
      })
    }

    it('but lets secrets go in the clear to this machine, or where told to', async () => {
      for (const endpoint_url of [
        'http://localhost/',
        'http://127.0.0.1:1/',
        'http://[::1]/',
        'https://far.example/',
      ]) {
        await httpTransport({ endpoint_url, api_key: 'hush' }).close()
      }
      await httpTransport({ endpoint_url: 'http://far.example', api_key: 'hush', allow_insecure: true }).close()
    })
  })
})
