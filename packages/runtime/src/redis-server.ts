import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { totalmem } from 'node:os'
import { delimiter, join } from 'node:path'
import { accessSync, constants, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { Redis } from 'ioredis'

const SERVERS = ['redis-server', 'valkey-server'] as const
const START_TIMEOUT_MS = 10_000
// An append-only file is read whole before the first answer.
const LOAD_TIMEOUT_MS = 120_000

/**
 * What a Redis of ours is told. A queue's job has a value of some 260 bytes; as long as every value of a hash is shorter than
 * the second, Redis keeps the hash as one list, which for a waiting slice is half a kilobyte less.
 */
export const REDIS_SETTINGS = ['--maxmemory-policy', 'noeviction', '--hash-max-listpack-value', '512'] as const

/** Of the machine's memory. Without a limit it is never nearly full, so that no run is refused before the machine is. */
const MOST_MEMORY = 0.25

/** How each package manager installs a Redis, in the order they are looked for. */
const INSTALLERS = [
  {
    tool: 'apt-get',
    commands: [
      ['apt-get', 'update', '-q'],
      ['apt-get', 'install', '-y', '-q', 'redis-server'],
    ],
  },
  { tool: 'apk', commands: [['apk', 'add', 'redis']] },
  { tool: 'dnf', commands: [['dnf', 'install', '-y', 'redis']] },
  { tool: 'brew', commands: [['brew', 'install', 'redis']] },
] as const

export interface PrivateRedis {
  readonly url: string
  readonly pid: number
  /** Stops the server by its own process and waits until it is gone. */
  stop(): Promise<void>
  /** Ends the server at once, as a crash would. */
  kill(): Promise<void>
  /** Resolves when the server has ended, for whatever reason. */
  readonly exited: Promise<void>
}

export interface PrivateRedisOptions {
  /** With a folder the server keeps an append-only file there and a restart loses nothing; without, it keeps nothing. */
  readonly dataDir?: string
  /** A free loopback port where it is not given. */
  readonly port?: number
  /** Asked of whoever connects, so that nobody else on the machine does. No command line and no file shows it. */
  readonly password?: string
  /** What it says; without, nobody hears it. */
  readonly logFile?: string
  /** In a process group of its own, so that Ctrl-C in a terminal does not end it before those who still write to it. */
  readonly detached?: boolean
  /** Said before something is installed. */
  readonly say?: (line: string) => void
}

/** Starts a Redis of our own on loopback: the first of `redis-server` and `valkey-server` on the PATH, installed first where neither is. */
export async function startPrivateRedis(options: PrivateRedisOptions = {}): Promise<PrivateRedis> {
  const { dataDir, port, password, logFile, detached = false, say } = options
  const binary = findOnPath(SERVERS) ?? install(say ?? (() => {}))
  const chosen = port ?? (await freePort())
  const persistence = dataDir
    ? ['--dir', dataDir, '--appendonly', 'yes', '--appendfsync', 'everysec']
    : ['--appendonly', 'no']
  if (dataDir) mkdirSync(dataDir, { recursive: true })
  const address = ['--bind', '127.0.0.1', '--port', String(chosen)]
  const log = logFile ? ['--logfile', logFile] : []
  const memory = ['--maxmemory', String(Math.floor(totalmem() * MOST_MEMORY))]
  // The first argument: settings come on standard input, too.
  const child = spawn(binary, ['-', ...address, ...memory, ...log, '--save', '', ...REDIS_SETTINGS, ...persistence], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached,
    ...(dataDir ? {} : { cwd: '/' }),
  })
  child.stdin.on('error', () => {})
  child.stdin.end(password ? `requirepass ${password}\n` : '')
  const url = `redis://${password ? `:${password}@` : ''}127.0.0.1:${chosen}`
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
  })
  try {
    await ready(url, child, dataDir ? LOAD_TIMEOUT_MS : START_TIMEOUT_MS)
  } catch (error) {
    child.kill('SIGKILL')
    throw logFile ? withLastWords(error as Error, logFile) : error
  }
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await exited
  }
  return { url, pid: child.pid!, stop: () => end('SIGTERM'), kill: () => end('SIGKILL'), exited }
}

/** Where none is installed: installs the system's package when it may, else throws with the exact line to run. */
export function ensureRedisInstalled(say: (line: string) => void): string {
  return findOnPath(SERVERS) ?? install(say)
}

/** A port that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

function install(say: (line: string) => void): string {
  const installer = INSTALLERS.find(({ tool }) => findOnPath([tool]))
  if (!installer)
    throw new Error('Redis is needed: install redis-server or valkey-server, or set REDIS_URL to one that runs')
  const root = process.getuid?.() === 0 || installer.tool === 'brew'
  const sudo = !root && spawnSync('sudo', ['-n', 'true']).status === 0
  const lines = installer.commands.map((command) => `${root ? '' : 'sudo '}${command.join(' ')}`)
  if (!root && !sudo) throw new Error(`Redis is needed: run "${lines.join(' && ')}", or set REDIS_URL to one that runs`)
  say(`Redis is not installed; installing the system's package: ${lines.join(' && ')}`)
  for (const command of installer.commands) {
    const argv = sudo ? ['sudo', '-n', ...command] : [...command]
    const { status, stderr } = spawnSync(argv[0]!, argv.slice(1), {
      encoding: 'utf8',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
    })
    if (status !== 0) throw new Error(`"${argv.join(' ')}" failed: ${stderr?.trim().split('\n').at(-1) ?? 'no output'}`)
  }
  const found = findOnPath(SERVERS)
  if (!found) throw new Error(`${lines.join(' && ')} did not bring redis-server or valkey-server onto the PATH`)
  return found
}

function findOnPath(names: readonly string[]): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

// Each line of its log begins with process, date and level.
function withLastWords(error: Error, logFile: string): Error {
  const lines = existsSync(logFile) ? readFileSync(logFile, 'utf8').trim().split('\n') : []
  const said = lines.at(-1)?.replace(/^\d+:\w(?: \S+){4} [^\w\s] /, '')
  return said ? new Error(`${error.message}: ${said} (more in ${logFile})`, { cause: error }) : error
}

async function ready(url: string, child: ChildProcess, timeout: number): Promise<void> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => 20, maxRetriesPerRequest: null })
  redis.on('error', () => {})
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`the Redis server ended at once with code ${String(code)}`)
  })
  const late = AbortSignal.timeout(timeout)
  const timedOut = once(late, 'abort').then(() => {
    throw new Error('the Redis server did not answer in time')
  })
  try {
    await Promise.race([redis.ping(), failed, timedOut])
  } finally {
    failed.catch(() => {})
    timedOut.catch(() => {})
    redis.disconnect()
  }
}
