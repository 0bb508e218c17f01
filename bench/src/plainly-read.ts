import type { Clouds } from '@cae/test/support'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const ENTRY = fileURLToPath(new URL('plain-reader.ts', import.meta.url))

/**
 * CPU seconds a resource of the peer: a process that reads the same cloud with the same SDKs as they come, page by page, and
 * does nothing else; with a folder, which it makes: writes each page to a file as lines of JSON, and syncs it. No envelope, no
 * checkpoint, no limiter, no coverage. The files stay: for minutes after some were removed, ext4 takes a millisecond to make
 * one.
 */
export async function plainlyRead(provider: string, clouds: Clouds, folder?: string): Promise<number> {
  const endpoints = JSON.stringify({ ...clouds, process: undefined })
  if (folder !== undefined) mkdirSync(folder)
  const reader = fork(ENTRY, [provider, endpoints, ...(folder === undefined ? [] : [folder])], {
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  })
  const ended = once(reader, 'exit').then(([code]) => {
    throw new Error(`the plain reader of ${provider} ended with ${code}`)
  })
  const [said] = (await Promise.race([once(reader, 'message'), ended])) as [{ resources: number; seconds: number }]
  await ended.catch(() => {})
  return said.seconds / said.resources
}
