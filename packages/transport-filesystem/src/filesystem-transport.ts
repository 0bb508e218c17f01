import { rename } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import {
  ExtractionError,
  inParallel,
  releaseBytes,
  type Batch,
  type Manifest,
  type Receipt,
  type Transport,
} from '@cae/core'
import { asideFolder } from './aside.ts'
import { checkFolder } from './check-folder.ts'
import { encodeDocument, encodeLine, encodeLines, pack, type Compression } from './encode.ts'
import { isGone, toDeliveryError } from './failure.ts'
import { knownFolders, syncFolder } from './folders.ts'
import { artifactName, manifestPlace, placeOf, type Place } from './names.ts'

export interface FilesystemOptions {
  /** Made where it is missing. Nothing is ever written outside of it. */
  readonly base_dir: string
  /** `jsonl`: one JSON Lines file per batch, the default. `json`: one JSON file per artifact. */
  readonly format?: 'jsonl' | 'json'
  readonly compression?: Compression
}

/** A batch as the bytes of its files. */
interface Prepared {
  readonly place: Place
  readonly taskId: string
  readonly files: readonly { readonly name: string; readonly bytes: Buffer }[]
}

/** Files written at once by one delivery; libuv has 4 threads for them unless told otherwise. */
const CONCURRENCY = 8

/**
 * Batches as files: `{base_dir}/{run_id}/{provider}/{scope}.{region}.{partition}-{sequence}.jsonl`, or one
 * `{service}_{type}_{resource_id}_{timestamp}_{id}.json` per artifact in the same folder; `.gz` is added under gzip.
 * Files are written and synced aside, then renamed, then their folder is synced: a reader never sees half a file, and
 * what was delivered survives a power cut. The same batch again replaces its files. The manifest of a run is
 * `{base_dir}/{run_id}/manifest.json`.
 */
export function filesystemTransport(options: FilesystemOptions): Transport {
  const { format = 'jsonl', compression = 'none' } = options
  const base_dir = resolve(options.base_dir)
  const suffix = `.${format}${compression === 'gzip' ? '.gz' : ''}`
  const folders = knownFolders()
  const aside = asideFolder(folders)
  let closed = false

  const prepare = (batch: Batch): Prepared => {
    const { runId, taskId, artifacts } = batch
    const place = placeOf(batch, suffix)
    const files =
      format === 'jsonl'
        ? [{ name: place.stem + suffix, bytes: encodeLines(artifacts) }]
        : artifacts.map((artifact) => ({ name: artifactName(artifact, runId, suffix), bytes: encodeLine(artifact) }))
    return { place, taskId, files }
  }

  const write = async ({ place, taskId, files }: Prepared, signal: AbortSignal) => {
    const runFolder = join(base_dir, place.run)
    const folder = join(runFolder, place.provider)
    await folders.make(runFolder)
    await folders.make(folder)
    const paths = await aside.reserve(runFolder, taskId, files.length)
    try {
      const sizes = await inParallel(files, CONCURRENCY, async ({ bytes }, index) => {
        signal.throwIfAborted()
        return aside.write(paths[index]!, await pack(bytes, compression))
      })
      signal.throwIfAborted()
      await inParallel(files, CONCURRENCY, ({ name }, index) => rename(paths[index]!, join(folder, name)))
      await syncFolder(folder)
      return { bytes: sizes.reduce((sum, size) => sum + size, 0) }
    } catch (error) {
      await aside.discard(paths)
      throw error
    }
  }

  const writeManifest = async (manifest: Manifest, signal: AbortSignal) => {
    const { run, name } = manifestPlace(manifest)
    const folder = join(base_dir, run)
    await folders.make(folder)
    const paths = await aside.reserve(folder, manifest.id, 1)
    try {
      const bytes = await aside.write(paths[0]!, await pack(encodeDocument(manifest), compression))
      signal.throwIfAborted()
      await rename(paths[0]!, join(folder, compression === 'gzip' ? `${name}.gz` : name))
      await syncFolder(folder)
      return { bytes }
    } catch (error) {
      await aside.discard(paths)
      throw error
    }
  }

  const attempted = async <T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> => {
    signal.throwIfAborted()
    if (closed) throw new ExtractionError('DELIVERY_FAILED', 'the filesystem transport is closed')
    try {
      return await attempt().catch((error: unknown) => {
        if (!isGone(error)) throw error
        // Somebody removed a folder that we thought was there, or another worker took our task over.
        folders.forget()
        return attempt()
      })
    } catch (error) {
      signal.throwIfAborted()
      throw toDeliveryError(error, base_dir)
    }
  }

  // Not `async`, which would hold the artifacts for as long as it waits: once they are bytes, they can be collected.
  const deliverBatch = (batch: Batch, signal: AbortSignal): Promise<Receipt> => {
    let prepared: Prepared
    try {
      prepared = prepare(batch)
    } catch (error) {
      return attempted(() => Promise.reject<Receipt>(error), signal)
    }
    return attempted(() => write(prepared, signal), signal).finally(() => {
      for (const { bytes } of prepared.files) releaseBytes(bytes)
    })
  }

  return {
    name: 'filesystem',
    deliver: deliverBatch,
    deliverManifest: (manifest, signal) => attempted(() => writeManifest(manifest, signal), signal),
    async check(signal) {
      await attempted(() => checkFolder(base_dir, signal), signal)
      return `files in ${base_dir}: one was written, synced and removed`
    },
    async close() {
      closed = true
    },
  }
}
