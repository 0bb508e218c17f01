import { describeTransport } from '@cae/core/testing'
import { nullTransport } from '../../src/transports/null.ts'

describeTransport('null', { receiver: false, check: false }, async () => ({
  transport: nullTransport(),
  receiver: null,
  tearDown: async () => {},
}))
