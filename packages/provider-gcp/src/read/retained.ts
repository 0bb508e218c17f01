import { createBeside, type Beside } from './beside.ts'
import type { Fingerprint } from './fingerprint.ts'
import type { ResourcePage } from './listing.ts'

/** What a reader knows that its cursor does not hold, and that costs calls to learn again. */
export interface Knowledge {
  readonly beside: Beside
  /** The last page of resources, by its token, in case what belongs beside it could not be read. */
  page?: ResourcePage & { readonly token: string }
  /** How far it was asked again which of the names that were held then have a resource. */
  touched?: Touched
}

export interface Touched {
  readonly names: Fingerprint
  /** Null at the end. */
  readonly token: string | null
  /** Assets so far by type, as in a position. */
  readonly listed: readonly number[]
}

/**
 * Knowledge of tasks that went back to the queue, mostly for want of quota: without it, a task whose turn is always too far
 * away would read its policies again and again and never a page of resources.
 */
export interface Retained {
  /** That of the task, which is its taker's from then on; or new. */
  take(taskId: string): Knowledge
  give(taskId: string, knowledge: Knowledge): Promise<void>
}

/** Some more than a worker has at a time: each may hold a page of resources too. */
const MAX_TASKS = 8
const MAX_BYTES = 64 * 1024 * 1024

export function createRetained(maxTasks = MAX_TASKS, maxBytes = MAX_BYTES): Retained {
  // The order of insertion is that of age.
  const known = new Map<string, Knowledge>()
  const bytes = () => [...known.values()].reduce((sum, { beside }) => sum + beside.held.memory(), 0)
  const drop = async (taskId: string) => {
    const knowledge = known.get(taskId)
    known.delete(taskId)
    await knowledge?.beside.held.close()
  }
  return {
    take(taskId) {
      const knowledge = known.get(taskId)
      known.delete(taskId)
      return knowledge ?? { beside: createBeside() }
    },
    async give(taskId, knowledge) {
      await drop(taskId)
      // By then somebody may have granted it.
      knowledge.beside.refused.clear()
      known.set(taskId, knowledge)
      while (known.size > maxTasks || bytes() > maxBytes) await drop([...known.keys()][0]!)
    },
  }
}
