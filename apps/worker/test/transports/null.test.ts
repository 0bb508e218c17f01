import { describeTransport } from '@cae/core/testing'
import { nullTransport } from '../../src/transports/null.ts'

describeTransport('null', async () => ({
  transport: nullTransport(),
  stored: null,
  storedManifests: null,
  breakReceiver: null,
  tearDown: async () => {},
}))
