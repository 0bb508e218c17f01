import type { Artifact } from '../artifact.ts'
import type { Clock, Context, Log } from '../context.ts'
import type { Limiter, LimitScope } from '../limit.ts'
import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

/** A limiter that lets everything pass and counts what it let pass. */
export function countingLimiter(): Limiter & { readonly runs: LimitScope[] } {
  const runs: LimitScope[] = []
  return {
    runs,
    run(scope, call) {
      runs.push(scope)
      return call(() => {})
    },
  }
}

export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLog,
}

export const systemClock: Clock = {
  now: Date.now,
  async sleep(milliseconds, signal) {
    try {
      await sleep(milliseconds, undefined, { signal })
    } catch {
      throw signal?.reason
    }
  },
}

export function testContext(overrides: Partial<Context> = {}): Context {
  const { signal } = new AbortController()
  // A preflight asks as many things at once as it likes.
  setMaxListeners(0, signal)
  return {
    signal,
    clock: impatientClock,
    limiter: countingLimiter(),
    log: silentLog,
    ...overrides,
  }
}

/** What waits between two tries does not wait. */
const impatientClock: Clock = {
  now: Date.now,
  async sleep(_milliseconds, signal) {
    signal?.throwIfAborted()
  },
}

/** A plausible artifact; `n` makes it distinct. */
export function testArtifact(n: number, overrides: Partial<Artifact['metadata']> = {}): Artifact {
  return {
    schema_version: 1,
    cloud_provider: 'aws',
    resource_type: 'aws:ec2:instance',
    metadata: {
      resource_id: `arn:aws:ec2:us-east-1:123456789012:instance/i-${n}`,
      name: `web-${n}`,
      native_id: `i-${n}`,
      native_type: 'AWS::EC2::Instance',
      service: 'ec2',
      region: 'us-east-1',
      zone: 'us-east-1a',
      account_id: '123456789012',
      labels: { env: 'prod' },
      created_at: '2026-01-01T00:00:00.000Z',
      captured_at: '2026-01-02T00:00:00.000Z',
      observed_at: '2026-01-03T00:00:00.000Z',
      ...overrides,
    },
    relationships: [],
    configuration: { instanceType: 't3.micro', n },
  }
}
