import { toTask, type Batch, type Page, type PageReader, type Transport } from '../src/index.ts'

export const TASK = toTask('run1', 'aws', '2026-11-01T00:00:00.000Z', {
  scope: '123456789012',
  region: 'us-east-1',
  partition: 'all',
  query: {},
})

/** A cloud of fixed pages: a cursor leads to the page after the first that names it. */
export function fakeReader(pages: readonly Page[], events: string[]): PageReader {
  return {
    async read(cursor) {
      events.push(`read ${cursor}`)
      const page = cursor === null ? pages[0] : pages[pages.findIndex(({ next }) => next === cursor) + 1]
      if (!page) throw new Error(`the fake has no page at ${cursor}`)
      return { ...page, artifacts: [...page.artifacts] }
    },
    async close() {},
  }
}

export interface FakeTransport extends Transport {
  readonly batches: Batch[]
  onDeliver: () => void
  /** Throws at the delivery of that number, counted from now. */
  failAt(number: number, error: Error): void
}

export function fakeTransport(name: string, events: string[], bytes = 100): FakeTransport {
  const batches: Batch[] = []
  const failures = new Map<number, Error>()
  let deliveries = 0
  const transport: FakeTransport = {
    name,
    batches,
    onDeliver: () => {},
    failAt: (number, error) => void failures.set(deliveries + number, error),
    async deliver(batch) {
      events.push(`${name} ${batch.id.slice(-6)}`)
      transport.onDeliver()
      const failure = failures.get(deliveries++)
      if (failure) throw failure
      batches.push(batch)
      return { bytes }
    },
    deliverManifest: async () => ({ bytes }),
    async close() {},
  }
  return transport
}
