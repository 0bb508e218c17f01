import type { Artifact } from './artifact.ts'
import { JsonText } from './json-text.ts'

/** An artifact as JSON on one line: what `JSON.stringify` means, without making anew what is text already. */
export function artifactJson(artifact: Artifact): string {
  const { configuration } = artifact
  if (!(configuration instanceof JsonText)) return JSON.stringify(artifact)
  const envelope = JSON.stringify({ ...artifact, configuration: undefined })
  return `${envelope.slice(0, -1)},"configuration":${configuration.text}}`
}
