import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import type { Batch } from '@cae/core'

export type Compression = 'none' | 'gzip'

const compress = promisify(gzip)

/** The body of the POST. */
export async function encode({ id, runId, taskId, artifacts }: Batch, compression: Compression): Promise<Buffer> {
  const body = Buffer.from(JSON.stringify({ batch_id: id, run_id: runId, task_id: taskId, artifacts }))
  return compression === 'none' ? body : compress(body, { level: constants.Z_BEST_SPEED })
}
