import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import type { Artifact } from '@cae/core'

export type Compression = 'none' | 'gzip'

const compress = promisify(gzip)

/** JSON Lines: one artifact a line, each line ended. */
export async function encode(artifacts: readonly Artifact[], compression: Compression): Promise<Buffer> {
  const lines = artifacts.map((artifact) => JSON.stringify(artifact))
  lines.push('')
  const bytes = Buffer.from(lines.join('\n'))
  return compression === 'none' ? bytes : compress(bytes, { level: constants.Z_BEST_SPEED })
}
