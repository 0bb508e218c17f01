import { createHash } from 'node:crypto'
import { ExtractionError, PROVIDER_NAMES, type Artifact, type Batch, type Manifest } from '@cae/core'

/** Where a batch goes below the base folder: names of folders and the file's name without its suffix. */
export interface Place {
  readonly run: string
  readonly provider: string
  readonly stem: string
}

/** File systems take 255 bytes; this leaves room for what archivers and sync clients append. */
const MAX_NAME = 200
const MAX_SERVICE = 40
const DIGEST = 16

const SAFE = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/
/** Windows keeps these for devices, whatever follows the first dot. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i
const TASK = new RegExp(`^(${PROVIDER_NAMES.join('|')})\\.([A-Za-z0-9_.-]+)$`)

/** Throws `DELIVERY_REJECTED` for ids that are not of the shape that core gives them. */
export function placeOf({ id, runId }: Batch, suffix: string): Place {
  if (!isSafe(runId) || runId.endsWith('.') || runId.length > MAX_NAME) throw rejected('run id', runId)
  const [, provider, rest] = (id.startsWith(`${runId}-`) && TASK.exec(id.slice(runId.length + 1))) || []
  if (provider === undefined || rest === undefined) throw rejected('batch id', id)
  return { run: runId, provider, stem: fit(rest, MAX_NAME - suffix.length) }
}

/** Where the manifest of a run goes in the folder of the run: `manifest.json`, further parts as `manifest-000002.json`. */
export function manifestPlace({ run_id, part }: Manifest): { readonly run: string; readonly name: string } {
  if (!isSafe(run_id) || run_id.endsWith('.') || run_id.length > MAX_NAME) throw rejected('run id', run_id)
  return { run: run_id, name: part === 1 ? 'manifest.json' : `manifest-${String(part).padStart(6, '0')}.json` }
}

/**
 * `{service}_{type}_{resource_id}_{timestamp}_{id}{suffix}`: five parts, none of which holds an underscore. The id is
 * derived from run and resource, so the same resource of the same run has the same name.
 */
export function artifactName({ resource_type, metadata }: Artifact, runId: string, suffix: string): string {
  const service = plain(metadata.service, '-').slice(0, MAX_SERVICE)
  const type = plain(resource_type.slice(resource_type.lastIndexOf(':') + 1), '-').slice(0, MAX_SERVICE)
  const end = `${compact(metadata.observed_at)}_${digest(`${runId}\n${metadata.resource_id}`)}${suffix}`
  const room = MAX_NAME - service.length - type.length - end.length - 3
  // The end of a long id says more than its beginning.
  const resource = plain(metadata.resource_id, '-.').slice(-room)
  return `${service}_${type}_${resource}_${end}`
}

// Two different names must not become one: a name that had to be changed carries a hash of what it was.
function fit(name: string, max: number): string {
  if (isSafe(name) && name.length <= max) return name
  return `_${name.slice(0, max - DIGEST - 2)}_${digest(name)}`
}

function isSafe(name: string): boolean {
  return SAFE.test(name) && !RESERVED.test(name)
}

const NOT_PLAIN = { '-': /[^A-Za-z0-9-]+/g, '-.': /[^A-Za-z0-9.-]+/g }

function plain(text: string, alsoAllowed: keyof typeof NOT_PLAIN): string {
  return text.replace(NOT_PLAIN[alsoAllowed], '-').replace(/^[-.]+/, '') || 'none'
}

// 2026-11-01T00:00:00.000Z → 20261101T000000Z
function compact(iso: string): string {
  return plain(iso.replace(/\.\d+(?=Z$)/, '').replace(/[-:]/g, ''), '-').slice(0, MAX_SERVICE)
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, DIGEST)
}

function rejected(what: string, id: string): ExtractionError {
  return new ExtractionError('DELIVERY_REJECTED', `cannot name a file after the ${what} ${JSON.stringify(id)}`)
}
