// Delivers batches of changing content as fast as it can until it is killed, and says which it has delivered.
import { testArtifact } from '@cae/core/testing'
import { filesystemTransport, type FilesystemOptions } from '../src/index.ts'

const [base_dir = '', format = 'jsonl', compression = 'none'] = process.argv.slice(2)
const transport = filesystemTransport({ base_dir, format, compression } as FilesystemOptions)
const taskId = 'run1-aws.1.us-east-1.all'

for (let n = 0; ; n++) {
  const sequence = n % 7
  const artifacts = Array.from({ length: 200 }, (_, i) =>
    testArtifact(sequence * 1000 + i, { name: 'x'.repeat(n % 500) }),
  )
  await transport.deliver({ id: `${taskId}-00000${sequence}`, runId: 'run1', taskId, artifacts }, AbortSignal.any([]))
  process.stdout.write(`${sequence}\n`)
}
