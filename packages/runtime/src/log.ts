import type { Log } from '@cae/core'
import { createLogger, format, transports } from 'winston'

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const

export interface LogOptions {
  readonly level: (typeof LOG_LEVELS)[number]
  /** `json`: one object a line; `pretty`: for people. */
  readonly format: 'json' | 'pretty'
}

// Names under which credentials could get into a log line's fields.
const SECRET = /pass(word)?$|secret|token$|api_?keys?$|authorization|external_?id|credential/i

/** Writes to stderr, so that stdout stays free for data. */
export function createLog({ level, format: style }: LogOptions, fields: Record<string, unknown> = {}): Log {
  const logger = createLogger({
    level,
    format:
      style === 'json'
        ? format.combine(format.timestamp(), format.json())
        : format.combine(format.colorize(), format.timestamp({ format: 'HH:mm:ss.SSS' }), format.printf(pretty)),
    transports: [new transports.Console({ stderrLevels: [...LOG_LEVELS] })],
  })
  const bind = (bound: Record<string, unknown>): Log => {
    const write = (to: (typeof LOG_LEVELS)[number]) => (message: string, more?: Record<string, unknown>) =>
      void (logger.isLevelEnabled(to) && logger.log(to, message, redact({ ...bound, ...more })))
    return {
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      child: (more) => bind({ ...bound, ...more }),
    }
  }
  return bind(fields)
}

function redact(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, SECRET.test(name) ? '***' : plain(value)]),
  )
}

function plain(value: unknown): unknown {
  if (!(value instanceof Error)) return value
  const { name, message, stack } = value
  return { name, message, stack, ...('code' in value && { code: value.code }) }
}

function pretty({ timestamp, level, message, ...fields }: Record<string, unknown>): string {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined)
  const rest = given.map(([name, value]) => `${name}=${shown(value)}`)
  return [timestamp, level, shown(message), ...rest].join(' ')
}

const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/gu

// What others gave us may end a line and forge the next, or move the cursor.
function shown(value: unknown): string {
  if (typeof value === 'string' && value.search(CONTROL) < 0) return value
  return JSON.stringify(value).replace(CONTROL, escaped)
}

// JSON leaves some as they are.
function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
