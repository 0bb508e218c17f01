import { ExtractionError, type Context, type Gap, type PageReader, type Task } from '@cae/core'
import { CONTENT_TYPES, type BesideContent } from '../read/beside.ts'
import type { AssetApi } from '../client/call.ts'
import { countingSlices } from './plan.ts'
import { isDispensable, isRefused } from './plan-scope.ts'
import { planQueryOf, timestampOf, type PlanQuery } from '../query.ts'

/**
 * Finds out by one call whether Google gives the optional content of a scope, and hands the answer to the slices that count
 * it (docs/decisions/0013). What it does not give is told, and is no gap: nobody has asked for it.
 */
export function openContentPlan(api: AssetApi, task: Task, context: Context): PageReader {
  return {
    read: async () => {
      const { optional, ...query } = planQueryOf(task)
      const refusal = await refusalOf(query, optional!, api, task, context)
      const content = refusal ? query.content : [...query.content, optional!]
      const gaps = refusal ? [leftOut(task, optional!, refusal)] : []
      return { artifacts: [], next: null, plan: { slices: countingSlices(task.scope, { ...query, content }), gaps } }
    },
    close: async () => {},
  }
}

// Of all types: one that has no such content would be refused.
async function refusalOf(
  { parent, readTime }: PlanQuery,
  optional: BesideContent,
  api: AssetApi,
  task: Task,
  context: Context,
): Promise<ExtractionError | null> {
  const request = {
    parent,
    readTime: timestampOf(readTime),
    contentType: CONTENT_TYPES[optional],
    pageSize: 1,
  } as const
  try {
    await api.index(request, context)
    return null
  } catch (thrown) {
    if (isDispensable(thrown, task, context)) return thrown
    throw thrown
  }
}

// What was not refused but failed may be there, which makes it a gap.
function leftOut({ scope, region }: Task, content: BesideContent, refusal: ExtractionError): Gap {
  return {
    scope,
    region,
    partition: content,
    code: isRefused(refusal) ? 'CONTENT_LEFT_OUT' : refusal.code,
    message: `${CONTENT_TYPES[content]} is not read, resources are: ${refusal.message}`,
  }
}
