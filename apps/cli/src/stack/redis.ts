import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { pingRedis, startPrivateRedis, withoutPassword } from '@cae/runtime'

const RESTART_DELAY_MS = 500

export interface RedisOptions {
  /** Where its append-only file is. */
  readonly dataDir: string
  /** Absolute. */
  readonly logFile: string
  readonly say: (line: string) => void
  /** Aborted: it ends at once. */
  readonly kill: AbortSignal
}

export interface OwnRedis {
  readonly url: string
  readonly pid: number
  readonly dataDir: string
  /** Rejects when it has ended for good. */
  readonly broken: Promise<never>
  close(): Promise<void>
}

/**
 * A private Redis that lives as long as we do: with all that it held, it is started again, at the same URL, when it dies. Its
 * password is in that URL alone: else whoever is on this machine would start runs by it, however many keys the API asks for.
 */
export async function startRedis({ dataDir, logFile, say, kill }: RedisOptions): Promise<OwnRedis> {
  const password = randomBytes(24).toString('base64url')
  let closing = false
  const start = async (port?: number) => {
    const redis = await startPrivateRedis({ detached: true, say, dataDir, logFile, password, ...(port && { port }) })
    return { redis, guard: guard(redis.pid) }
  }
  let starting = start()
  let current = await starting
  const { url, pid } = current.redis
  const onKill = () => {
    closing = true
    void current.redis.kill()
  }
  kill.addEventListener('abort', onKill)

  const keep = async (): Promise<never> => {
    for (;;) {
      await current.redis.exited
      current.guard.release()
      if (closing) return new Promise<never>(() => {})
      say('Redis has ended; it is started again')
      await sleep(RESTART_DELAY_MS)
      if (closing) continue
      starting = start(Number(new URL(url).port))
      current = await starting
    }
  }
  const broken = keep()
  broken.catch(() => {})
  return {
    url,
    pid,
    dataDir,
    broken,
    async close() {
      closing = true
      const last = await starting.catch(() => current)
      await last.redis.stop()
      last.guard.release()
      kill.removeEventListener('abort', onKill)
    },
  }
}

/**
 * Where we end without a chance to stop Redis (kill -9), the pipe to this shell closes and it stops Redis for us,
 * after some time for workers to give their tasks back.
 */
function guard(pid: number): { release(): void } {
  const shell = spawn('sh', ['-c', 'read -r _; sleep 5; kill "$0"', String(pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  shell.on('error', () => {})
  shell.stdin.on('error', () => {})
  return { release: () => void shell.kill('SIGKILL') }
}

/**
 * Throws where no Redis answers that somebody else runs, or where it refuses us. One that still loads its data is there. Gives
 * what is wrong with it all the same, if anything.
 */
export async function reachRedis(url: string): Promise<string | null> {
  const where = withoutPassword(url)
  try {
    return await pingRedis(url)
  } catch (cause) {
    const { name, message } = cause as Error
    if (message.startsWith('LOADING')) return null
    const what = REFUSES_US.test(message)
      ? `Redis at ${where} refuses us (${message}): correct user and password in REDIS_URL`
      : name === 'ReplyError'
        ? `Redis at ${where} does not serve us: ${message}`
        : `no Redis at ${where} (${message}): start it, or leave REDIS_URL away for a private one`
    throw new Error(what, { cause })
  }
}

const REFUSES_US = /NOAUTH|WRONGPASS|NOPERM|without any password/
