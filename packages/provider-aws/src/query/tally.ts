import type { Artifact, Task } from '@cae/core'

/** Whether the pages of a slice held what planning had counted, as far as one reader knows. */
export interface Tally {
  /** `items`: how many the page had with those of deleted resources, which are no artifacts. */
  readonly count: (cursor: string | null, artifacts: readonly Artifact[], items?: number) => void
  /**
   * Whether the counts must be asked again: where there was less than counted, or so much more that the count was wrong.
   * An empty slice too: it is what a recorder that was stopped meanwhile looks like.
   */
  readonly isDoubtful: () => boolean
  /** Whether some of what planning had counted may be deleted resources. */
  readonly maybeDeleted: () => boolean
}

export function tally({ expected }: Task): Tally {
  let read = 0
  let deleted = 0
  // A reader that went on from a checkpoint has not seen the pages before.
  let sawAll = true
  return {
    count: (cursor, artifacts, items = artifacts.length) => {
      if (cursor === null) read = deleted = 0
      else if (read === 0) sawAll = false
      read += new Set(artifacts.map(({ metadata }) => metadata.resource_id)).size
      deleted += items - artifacts.length
    },
    isDoubtful: () => !sawAll || read === 0 || !expected || read < expected.count || read > 2 * expected.count,
    maybeDeleted: () => !sawAll || deleted > 0,
  }
}
