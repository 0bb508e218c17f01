import { Redis, type RedisOptions } from 'ioredis'
import { evictionProblem } from './redis-policy.ts'

const RETRY_MAX_MS = 2000
const COMMAND_TIMEOUT_MS = 3000
/** Of ioredis: connect anew and send the command again. */
const RECONNECT_AND_RESEND = 2

/** For those who must answer at once (the API): while Redis is away a command rejects in milliseconds, while it hangs in seconds. */
export function producerConnection(url: string): Redis {
  return connection(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: COMMAND_TIMEOUT_MS,
    socketTimeout: SILENCE_MS.producer,
  })
}

/** For those who can wait (workers): a command waits until Redis is back. */
export function consumerConnection(url: string): Redis {
  return connection(url, { maxRetriesPerRequest: null, socketTimeout: SILENCE_MS.consumer })
}

/**
 * After so long without a word of what was asked the connection is made anew. A machine that loses its power, or a path that
 * loses its packets, says nothing: the kernel would go on sending to it for a quarter of an hour. Longer than a command
 * times out, and than BullMQ lets one block (10 s).
 */
const SILENCE_MS = { producer: 5000, consumer: 15_000 }

const PING_TIMEOUT_MS = 3000

/**
 * Resolves where a Redis answers, and takes us for who we are, with what is wrong with it all the same, if anything. Rejects
 * with what it, or the connection, says.
 */
export async function pingRedis(url: string): Promise<string | null> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: PING_TIMEOUT_MS,
    commandTimeout: PING_TIMEOUT_MS,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    // It would wait for one that loads its data, however long that takes; PING says so at once.
    enableReadyCheck: false,
  })
  let reason: Error | undefined
  redis.on('error', (error: Error) => (reason ??= error))
  try {
    await redis.connect()
    await redis.ping()
    return await evictionProblem(redis)
  } catch (thrown) {
    // What is thrown may say no more than that the connection is closed.
    throw reason ?? thrown
  } finally {
    redis.disconnect()
  }
}

function connection(url: string, options: RedisOptions): Redis {
  const redis = new Redis(url, {
    ...options,
    connectTimeout: 5000,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 10), RETRY_MAX_MS),
    // A server that another one has taken over from keeps its connections, and refuses every write: the address is asked
    // anew, which by then is the other one's.
    reconnectOnError: ({ message }) => message.startsWith('READONLY') && RECONNECT_AND_RESEND,
  })
  // ioredis reconnects by itself; without a listener each failed attempt is printed as an unhandled error.
  redis.on('error', () => {})
  return redis
}

/** `redis://user:password@host` without what must not be printed. */
export function withoutPassword(url: string): string {
  try {
    const parsed = new URL(url)
    if (parsed.password) parsed.password = '***'
    if (parsed.searchParams.has('password')) parsed.searchParams.set('password', '***')
    return parsed.toString()
  } catch {
    return 'an invalid URL'
  }
}

export type Script = (...argv: (string | number | Buffer)[]) => Promise<unknown>

/**
 * Redis scripts as functions. The prefix is the one key that is declared (it names the slot, in a cluster) and ARGV[1];
 * the function's arguments follow as ARGV[2] and on.
 */
export function defineScripts<Name extends string>(
  redis: Redis,
  prefix: string,
  scripts: Readonly<Record<Name, string>>,
): Readonly<Record<Name, Script>> {
  const defined = Object.entries<string>(scripts).map(([name, lua]): [string, Script] => {
    const command = `cae:${name}`
    redis.defineCommand(command, { numberOfKeys: 1, lua })
    const run = Reflect.get(redis, command) as Script
    return [name, (...argv) => run.call(redis, prefix, prefix, ...argv)]
  })
  return Object.fromEntries(defined) as Record<Name, Script>
}
