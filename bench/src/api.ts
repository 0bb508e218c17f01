import { startPrivateRedis } from '@cae/runtime'
import { startProcess } from '@cae/test/support'
import autocannon from 'autocannon'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Figure } from './report.ts'

const SECONDS = 10
const RATE = 600

/** Runs accepted by the API: an open load of 600 POSTs a second, its latency; and a closed one, how many it takes at most. */
export async function benchApi(): Promise<Figure[]> {
  // With its append-only file, as compose and `cae up` run it.
  const dataDir = mkdtempSync(join(tmpdir(), 'cae-redis-'))
  const redis = await startPrivateRedis({ dataDir })
  const api = await startProcess('apps/api/dist/main.js', {
    environment: {
      REDIS_URL: redis.url,
      API_PORT: '0',
      LOG_LEVEL: 'error',
      AWS_ACCOUNTS: '[{"account_id":"123456789012","regions":["us-east-1"]}]',
    },
  })
  try {
    const url = `${String(api.ready['url'])}/extraction/extract?services=ec2,s3`
    await load({ url, duration: 3, connections: 10 })
    const open = await load({ url, duration: SECONDS, connections: 20, overallRate: RATE })
    const closed = await load({ url, duration: SECONDS, connections: 20 })
    return [
      { name: 'runs accepted, open load of 600/s', value: open['2xx'] / SECONDS, unit: 'runs/s', atLeast: 500 },
      { name: 'latency p99 at that load', value: open.latency.p99, unit: 'ms', atMost: 50 },
      {
        name: 'runs accepted, closed load of 20 clients',
        value: closed['2xx'] / SECONDS,
        unit: 'runs/s',
        atLeast: 500,
      },
      { name: 'latency p99 at that load', value: closed.latency.p99, unit: 'ms', atMost: 50 },
      {
        name: 'answers that were no 202',
        value: open.non2xx + closed.non2xx + open.errors + closed.errors,
        unit: '',
        atMost: 0,
      },
    ]
  } finally {
    await api.stop()
    await redis.stop()
    rmSync(dataDir, { recursive: true })
  }
}

function load(options: autocannon.Options): Promise<autocannon.Result> {
  return autocannon({ method: 'POST', ...options })
}
