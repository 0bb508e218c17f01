/** What was started, to be stopped in the opposite order; also where a start fails half-way. */
export interface Closers {
  add(close: () => Promise<unknown>): void
  /** Stops everything, once. One that fails does not keep the others from being stopped. */
  close(): Promise<void>
}

export function closers(): Closers {
  const waiting: (() => Promise<unknown>)[] = []
  return {
    add: (close) => void waiting.push(close),
    async close() {
      for (let next = waiting.pop(); next; next = waiting.pop()) await next().catch(() => {})
    },
  }
}
