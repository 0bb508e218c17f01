import { ExtractionError } from '@cae/core'
import { open, unlink, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'

/** Bytes that one spool keeps in memory; what comes after them goes to disk. */
const IN_MEMORY = 16 * 1024 * 1024

/** Bytes that are appended, and read again by position. */
export interface Spool {
  /** Resolves to the position of the first byte. */
  append(bytes: Uint8Array): Promise<number>
  /** What is in memory is there at once. Rejects with `INTERNAL` where the file has less than was written. */
  read(position: number, length: number): Uint8Array | Promise<Uint8Array>
  /** Bytes in memory. */
  memory(): number
  close(): Promise<void>
}

/** Throws `INTERNAL` where the temporary folder cannot be written to. */
export function createSpool(inMemory = IN_MEMORY, folder = tmpdir()): Spool {
  const chunks: { readonly start: number; readonly bytes: Uint8Array }[] = []
  let size = 0
  /** Where what is in memory ends, and the file begins. */
  let fileStart = 0
  let file: FileHandle | undefined
  return {
    async append(bytes) {
      const start = size
      if (!file && size + bytes.length <= inMemory) {
        chunks.push({ start, bytes })
        fileStart = size + bytes.length
      } else {
        file ??= await openNameless(folder)
        await writeAll(file, bytes, start - fileStart)
      }
      size += bytes.length
      return start
    },
    read(position, length) {
      if (position >= fileStart) return readFile(file!, position - fileStart, length)
      const { start, bytes } = chunks.findLast((chunk) => chunk.start <= position)!
      return bytes.subarray(position - start, position - start + length)
    },
    memory: () => fileStart,
    async close() {
      chunks.length = 0
      await file?.close()
    },
  }
}

// Where the disk gets full, a part is written first and only what comes after it is refused.
async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, position + written)
    written += bytesWritten
  }
}

async function readFile(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafe(length)
  const { bytesRead } = await file.read(bytes, 0, length, position)
  // The rest of the buffer holds what other code has left there.
  if (bytesRead < length)
    throw new ExtractionError('INTERNAL', 'the temporary folder has lost a part of what was written')
  return bytes
}

// Without a name from the start, so that nothing is left of it however the process ends.
async function openNameless(folder: string): Promise<FileHandle> {
  const path = join(folder, `cae-gcp-${randomUUID()}`)
  try {
    const file = await open(path, 'wx+', 0o600)
    await unlink(path)
    return file
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    throw new ExtractionError('INTERNAL', `policies need room in the temporary folder: ${message}`, { cause: thrown })
  }
}
