import type { Clouds } from '@cae/test/support'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const ENTRY = fileURLToPath(new URL('plain-reader.ts', import.meta.url))

export interface PlainReading {
  readonly resources: number
  /** CPU time, of the last reading. */
  readonly seconds: number
  /** The most memory that it has had resident, in MiB. */
  readonly peak: number
}

export interface PlainOptions {
  /** How often; the last time counts. */
  readonly times: number
  /**
   * Where it writes each page to a file as lines of JSON, and syncs it; it is made. The files stay: for minutes after some
   * were removed, ext4 takes a millisecond to make one.
   */
  readonly folder?: string | undefined
  /** For V8. */
  readonly flags?: readonly string[]
}

/**
 * The peer: a process that reads the same cloud, or `all` of them, with the same SDKs as they come, page by page, and does
 * nothing else. No envelope, no checkpoint, no limiter, no coverage.
 */
export async function plainlyRead(provider: string, clouds: Clouds, options: PlainOptions): Promise<PlainReading> {
  const { times, folder, flags = [] } = options
  const endpoints = JSON.stringify({ ...clouds, process: undefined })
  if (folder !== undefined) mkdirSync(folder)
  const reader = fork(ENTRY, [provider, endpoints, String(times), ...(folder === undefined ? [] : [folder])], {
    env: { ...process.env, NODE_NO_WARNINGS: '1', MALLOC_ARENA_MAX: '1' },
    execArgv: [...process.execArgv, ...flags],
  })
  const ended = once(reader, 'exit').then(([code]) => {
    throw new Error(`the plain reader of ${provider} ended with ${code}`)
  })
  const [said] = (await Promise.race([once(reader, 'message'), ended])) as [PlainReading]
  await ended.catch(() => {})
  return said
}
