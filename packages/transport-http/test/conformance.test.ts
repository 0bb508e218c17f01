import { describeTransport } from '@cae/core/testing'
import { httpTransport } from '../src/index.ts'
import { instantClock } from './clock.ts'
import { receiver } from './receiver.ts'

for (const compression of ['none', 'gzip'] as const) {
  describeTransport(`http, compression ${compression}`, { receiver: true, check: true }, async () => {
    const server = await receiver()
    return {
      transport: httpTransport({ endpoint_url: server.url, compression }, { clock: instantClock() }),
      receiver: {
        stored: async () => [...server.batches.values()].flat(),
        storedManifests: async () => [...server.manifests.values()],
        break: () => server.close(),
      },
      tearDown: () => server.close(),
    }
  })
}
