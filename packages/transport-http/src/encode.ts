import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import { artifactsJson, type Batch, type Manifest } from '@cae/core'

export type Compression = 'none' | 'gzip'

const compress = promisify(gzip)

/** `{ batch_id, run_id, task_id, artifacts }`. `releaseBytes` takes the memory back. */
export function encodeBatch({ id, runId, taskId, artifacts }: Batch): Buffer {
  const envelope = JSON.stringify({ batch_id: id, run_id: runId, task_id: taskId })
  return artifactsJson(artifacts, { before: `${envelope.slice(0, -1)},"artifacts":[`, between: ',', after: ']}' })
}

/** `{ manifest_id, run_id, manifest }` */
export function encodeManifest(manifest: Manifest): Buffer {
  return Buffer.from(JSON.stringify({ manifest_id: manifest.id, run_id: manifest.run_id, manifest }))
}

/** The body of the POST. */
export async function pack(bytes: Buffer, compression: Compression): Promise<Buffer> {
  return compression === 'none' ? bytes : compress(bytes, { level: constants.Z_BEST_SPEED })
}
