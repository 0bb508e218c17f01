import { ExtractionError } from '@cae/core'
import { testArtifact } from '@cae/core/testing'
import { httpTransport } from '../src/index.ts'

// A process of its own, since Node reads NODE_EXTRA_CA_CERTS as it starts. Prints how the delivery went.
const transport = httpTransport({ endpoint_url: process.argv[2]!, api_key: 'k3y', retries: 0 })
const batch = { id: 'run1-aws.1.global.all-000000', runId: 'run1', taskId: 'run1-aws.1.global.all' }
try {
  await transport.deliver({ ...batch, artifacts: [testArtifact(1)] }, new AbortController().signal)
  console.log('delivered')
} catch (error) {
  if (!(error instanceof ExtractionError)) throw error
  console.log(error.code, error.message)
}
await transport.close()
