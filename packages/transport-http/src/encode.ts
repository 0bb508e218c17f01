import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'

export type Compression = 'none' | 'gzip'

const compress = promisify(gzip)

/** The body of the POST. */
export async function encode(payload: object, compression: Compression): Promise<Buffer> {
  const body = Buffer.from(JSON.stringify(payload))
  return compression === 'none' ? body : compress(body, { level: constants.Z_BEST_SPEED })
}
