import type { Context, ExtractionError, Gap, Page, PageReader, Task } from '@cae/core'
import { CONTENT_TYPES, type BesideContent } from '../read/beside.ts'
import type { AssetApi } from '../client/call.ts'
import { countingSlices } from './plan.ts'
import { isRefused } from '../errors.ts'
import { isDispensable, isPassing } from './plan-scope.ts'
import { timestampOf, type PlanQuery } from '../query.ts'

/**
 * Finds out by one call whether Google gives the optional content of a scope, and hands the answer to the slices that count
 * it (docs/decisions/0013). What it does not give is skipped, and told: nobody has asked for it. The cursor is the moment
 * when the call began to fail, in milliseconds.
 */
export function openContentPlan(
  api: AssetApi,
  task: Task,
  query: PlanQuery,
  optional: BesideContent,
  context: Context,
): PageReader {
  const pageOf = (content: PlanQuery['content'], gaps: readonly Gap[]): Page => {
    return { artifacts: [], next: null, plan: { slices: countingSlices(task.scope, { ...query, content }), gaps } }
  }
  return {
    read: async (cursor) => {
      try {
        await api.index(requestOf(query, optional), context)
        return pageOf([...query.content, optional], [])
      } catch (thrown) {
        if (cursor === null && isPassing(thrown)) return { artifacts: [], next: String(context.clock.now()) }
        if (!isDispensable(thrown, Number(cursor), context)) throw thrown
        return pageOf(query.content, [leftOut(task, optional, thrown)])
      }
    },
    close: async () => {},
  }
}

// Of all types: one that has no such content would be refused.
function requestOf({ parent, readTime }: PlanQuery, optional: BesideContent) {
  return { parent, readTime: timestampOf(readTime), contentType: CONTENT_TYPES[optional], pageSize: 1 } as const
}

// What was not refused but failed may be there: it is not skipped, but ends as what it failed with.
function leftOut({ scope, region }: Task, content: BesideContent, refusal: ExtractionError): Gap {
  return {
    scope,
    region,
    partition: content,
    code: isRefused(refusal) ? 'CONTENT_LEFT_OUT' : refusal.code,
    message: `${CONTENT_TYPES[content]} is not read, resources are: ${refusal.message}`,
  }
}
