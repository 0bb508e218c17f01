import { errorRow, ExtractionError, type Context, type Plan } from '@cae/core'
import { aggregate } from '../aggregator.ts'
import type { Call } from '../client/call.ts'
import { sum } from '../query/counts.ts'
import { toError } from '../errors.ts'
import type { AwsAggregator, AwsOptions } from '../options.ts'
import { collectedSlice } from './plan-collected.ts'
import type { PlanNamed } from '../slice-query.ts'

/**
 * What the aggregators have of an account that the request names. Where none that answers has it, throws why another did
 * not answer, since that one may have it; where all of them answer, `SCOPE_NOT_FOUND`.
 */
export async function planNamed(
  call: Call,
  { aggregators = [] }: AwsOptions,
  account: string,
  query: PlanNamed,
  context: Context,
): Promise<Plan> {
  const answers = await Promise.all(aggregators.map((one) => hasAccount(call, one, account, context).catch(toError)))
  context.signal.throwIfAborted()
  const having = aggregators.filter((_, n) => answers[n] === true)
  if (having.length > 0) return { slices: having.map(({ name }) => collectedSlice(account, name, query)), gaps: [] }
  const refusals = answers.filter((answer) => answer instanceof ExtractionError)
  if (refusals.length > 0) throw refusals.find(isPassing) ?? refusals[0]
  const names = aggregators.map(({ name }) => name).join(', ')
  throw new ExtractionError('SCOPE_NOT_FOUND', `no aggregator (${names}) has account ${account}`)
}

/** Whether asking again may bring an answer. */
function isPassing({ code }: ExtractionError): boolean {
  const { action } = errorRow(code)
  return action === 'wait' || action === 'retry'
}

/** Its sources are asked last: they can't be asked for one account, and an aggregator may have ten thousand. */
async function hasAccount(call: Call, aggregator: AwsAggregator, account: string, context: Context): Promise<boolean> {
  const asked = aggregate(call, aggregator, context)
  const discovered = await asked.discovered('RESOURCE_TYPE', { AccountId: account })
  if (sum(discovered.values()) > 0) return true
  if ((await asked.count({ in: { accountId: [account] } })) > 0) return true
  return (await asked.sources()).some(({ SourceId }) => SourceId === account)
}
