import type { Limiter } from './limit.ts'

/** What a provider is given to work with: all its dependency injection. */
export interface Context {
  /** Aborted when the task must stop: shutdown, cancellation, lost lock. */
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly limiter: Limiter
  readonly log: Log
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Rejects with the signal's reason when it aborts first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>
}

/** A static message plus fields. */
export interface Log {
  debug(message: string, fields?: Record<string, unknown>): void
  info(message: string, fields?: Record<string, unknown>): void
  warn(message: string, fields?: Record<string, unknown>): void
  error(message: string, fields?: Record<string, unknown>): void
  child(fields: Record<string, unknown>): Log
}
