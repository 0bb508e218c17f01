export { SCHEMA_VERSION } from './artifact.ts'
export type { Artifact, ArtifactMetadata, JsonObject, JsonValue, Relationship } from './artifact.ts'
export { artifactJson } from './artifact-json.ts'
export type { Clock, Context, Log } from './context.ts'
export { ERRORS, errorRow, ExtractionError, toExtractionError } from './errors.ts'
export type { Action, ErrorCode, ErrorDetails } from './errors.ts'
export { extract, verifyCount } from './extract.ts'
export type { Extraction, PageRecord } from './extract.ts'
export { glob } from './glob.ts'
export { inParallel } from './in-parallel.ts'
export { JsonText, jsonTextAt, jsonValue } from './json-text.ts'
export { KnownIds } from './known-ids.ts'
export { counts } from './limit.ts'
export type { Limit, Limiter, LimitScope, QuotaReport } from './limit.ts'
export { manifestId, MANIFEST_VERSION } from './manifest.ts'
export type { Coverage, CoverageTotals, Manifest, Reason, SliceCoverage } from './manifest.ts'
export { PROVIDER_NAMES } from './provider.ts'
export type {
  Estimate,
  Expectation,
  Finding,
  Gap,
  Page,
  PageReader,
  Permission,
  Plan,
  Provider,
  ProviderName,
  Target,
} from './provider.ts'
export { filtersSchema, requestSchema, selector, toTarget } from './request.ts'
export type { ExtractionRequest, Filters } from './request.ts'
export { fnv1a, OUTCOMES, START, toTask } from './task.ts'
export type { Checkpoint, Outcome, Slice, Task } from './task.ts'
export { takeAll } from './take-all.ts'
export { batchId } from './transport.ts'
export type { Batch, Receipt, Transport } from './transport.ts'
