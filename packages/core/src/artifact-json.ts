import type { Artifact } from './artifact.ts'
import { JsonText } from './json-text.ts'
import { ReusedBytes } from './reused-bytes.ts'

/** An artifact as JSON on one line: what `JSON.stringify` means, without making anew what is text already. */
export function artifactJson(artifact: Artifact): string {
  const { configuration } = artifact
  if (!(configuration instanceof JsonText)) return JSON.stringify(artifact)
  const envelope = JSON.stringify({ ...artifact, configuration: undefined })
  return `${envelope.slice(0, -1)},"configuration":${configuration.text}}`
}

/** What stands before artifacts, between them and after the last. */
export interface Frame {
  readonly before: string
  readonly between: string
  readonly after: string
}

/** Bytes. Most artifacts have less. */
const EXPECTED = 4096

/** Artifacts as JSON, in memory that is used again: `releaseBytes` takes it back. */
export function artifactsJson(artifacts: readonly Artifact[], { before, between, after }: Frame): Buffer {
  // Written one by one: to join them as a string first costs a third of JSON.stringify itself.
  const json = new ReusedBytes(artifacts.length * EXPECTED)
  let separator = before
  for (const artifact of artifacts) {
    json.write(`${separator}${artifactJson(artifact)}`)
    separator = between
  }
  json.write(artifacts.length === 0 ? before + after : after)
  return json.bytes
}
