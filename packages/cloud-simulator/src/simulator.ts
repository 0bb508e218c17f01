import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Http2Server, Http2Session } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { answerAws } from './aws/aws.ts'
import { answerAzure } from './azure/azure.ts'
import { answerControl, CONTROL_PATH } from './control.ts'
import { createEstate, type Estate } from './estate/estate.ts'
import type { EstateOptions } from './estate/estate-options.ts'
import { createFaults, type FaultCount, type FaultRule } from './faults.ts'
import { answerAssets } from './gcp/gcp.ts'
import { grpcServer } from './gcp/grpc.ts'
import { fallSilent, readBody, send, type Answer, type Silence } from './http.ts'
import { createQuotas } from './quotas.ts'
import { createRequests, type RequestCounts } from './requests.ts'
import { answerSts } from './aws/sts.ts'
import type { AwsAggregatorOptions, AwsRoleOptions, World } from './world.ts'

export interface SimulatorOptions {
  /** Default 127.0.0.1. */
  readonly host?: string
  /** AWS, Azure and control. 0, the default, takes a free port. */
  readonly httpPort?: number
  /** Google Cloud. 0, the default, takes a free port. */
  readonly grpcPort?: number
  readonly estate: EstateOptions
  /** Enforces the real quotas; default false. */
  readonly quotas?: boolean
  /** Milliseconds that every answer waits; default 0. */
  readonly latencyMs?: number
  /** Quotas' rates are multiplied by this, for time-compressed runs; default 1. */
  readonly timeScale?: number
  /** Most resources in a page of Google Cloud or Resource Explorer, which may give fewer than are asked for; absent: all that are. */
  readonly mostPerPage?: number
  readonly faults?: readonly FaultRule[]
  /** Config aggregators beside `organization`, which has all accounts. */
  readonly awsAggregators?: readonly AwsAggregatorOptions[]
  readonly awsRoles?: AwsRoleOptions
}

/** A running simulator. */
export interface Simulator {
  /** `http://127.0.0.1:PORT` */
  readonly awsEndpoint: string
  readonly azureEndpoint: string
  /** `127.0.0.1:PORT` */
  readonly gcpEndpoint: string
  /** `http://127.0.0.1:PORT/simulator` */
  readonly controlEndpoint: string
  readonly estate: Estate
  requests(): RequestCounts
  resetRequests(): void
  setFaults(rules: readonly FaultRule[]): void
  /** The rules as they were set, each with how often it has changed an answer. */
  faults(): readonly FaultCount[]
  close(): Promise<void>
}

/** Throws `RangeError` naming the option of the estate that can't be. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { host = '127.0.0.1', httpPort = 0, grpcPort = 0 } = options
  const sleeper = createSleeper()
  const world = createWorld(options, (milliseconds) => sleeper.sleep(milliseconds))
  const http = createServer((request, response) => void answer(world, request, response))
  // Longer than SDKs keep idle connections, lest one be closed while a request is on its way.
  http.keepAliveTimeout = 120_000
  const grpc = grpcServer((path, headers, message) => answerAssets(world, path, headers, message))
  const sessions = trackSessions(grpc)
  const address = `${host}:${await listen(http, httpPort, host)}`
  const grpcAddress = `${host}:${await listen(grpc, grpcPort, host).catch((thrown: unknown) => closeThenThrow(http, thrown))}`
  return {
    awsEndpoint: `http://${address}`,
    azureEndpoint: `http://${address}`,
    gcpEndpoint: grpcAddress,
    controlEndpoint: `http://${address}${CONTROL_PATH}`,
    estate: world.estate,
    requests: () => world.requests.counts(),
    resetRequests: () => world.requests.reset(),
    setFaults: (rules) => world.faults.set(rules),
    faults: () => world.faults.counts(),
    async close() {
      const ended = Promise.all([closed(http), closed(grpc)])
      sleeper.wakeAll()
      http.closeAllConnections()
      for (const session of sessions) session.destroy()
      await ended
    },
  }
}

function createWorld(options: SimulatorOptions, sleep: World['sleep']): World {
  const { estate, quotas = false, latencyMs = 0, timeScale = 1, faults = [] } = options
  const { awsAggregators = [], awsRoles = {}, mostPerPage = Infinity } = options
  const now = Date.now
  return {
    estate: createEstate(estate),
    faults: createFaults(faults, estate.seed, now),
    quotas: createQuotas(quotas, timeScale, now),
    requests: createRequests(),
    now,
    sleep,
    latencyMs,
    awsAggregators,
    awsRoles,
    timeScale,
    mostPerPage,
  }
}

async function answer(world: World, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const url = new URL(request.url ?? '/', `http://${request.headers.host ?? 'localhost'}`)
    if (url.pathname === CONTROL_PATH || url.pathname.startsWith(`${CONTROL_PATH}/`)) {
      return await answerControl(world, request, response, url)
    }
    const result = await route(world, request, url)
    if (typeof result === 'string') fallSilent(request, result)
    else send(response, result)
  } catch (thrown) {
    failed(response, thrown)
  }
}

async function route(world: World, request: IncomingMessage, url: URL): Promise<Answer | Silence> {
  const body = await readBody(request)
  if (body === null) return { status: 413, body: '' }
  const { headers, method = 'GET' } = request
  const answer = await answerAws(world, headers, url.pathname, body)
  if (answer) return answer
  if (method === 'POST' && url.pathname === '/') return answerSts(world, headers, body)
  return answerAzure(world, { method, url, authorization: headers.authorization, body })
}

// A bug of the simulator must not look like a cloud's own answer.
function failed(response: ServerResponse, thrown: unknown): void {
  if (response.headersSent || response.destroyed) return
  process.stderr.write(`cloud-simulator: ${thrown instanceof Error ? thrown.stack : String(thrown)}\n`)
  send(response, { status: 500, headers: { 'x-simulator-bug': 'true' }, body: '' })
}

async function listen(server: Server | Http2Server, port: number, host: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return (server.address() as AddressInfo).port
}

async function closeThenThrow(server: Server, thrown: unknown): Promise<never> {
  await closed(server)
  throw thrown
}

function closed(server: Server | Http2Server): Promise<void> {
  return new Promise((resolve) => void server.close(() => resolve()))
}

function trackSessions(server: Http2Server): ReadonlySet<Http2Session> {
  const sessions = new Set<Http2Session>()
  server.on('session', (session) => {
    sessions.add(session)
    session.on('close', () => sessions.delete(session))
  })
  return sessions
}

/** Timers that closing ends at once. */
function createSleeper() {
  const pending = new Map<NodeJS.Timeout, () => void>()
  return {
    sleep(milliseconds: number): Promise<void> {
      if (milliseconds <= 0) return Promise.resolve()
      return new Promise((resolve) => {
        const wake = () => {
          clearTimeout(timer)
          pending.delete(timer)
          resolve()
        }
        const timer = setTimeout(wake, milliseconds)
        pending.set(timer, wake)
      })
    },
    wakeAll(): void {
      for (const wake of pending.values()) wake()
    },
  }
}
