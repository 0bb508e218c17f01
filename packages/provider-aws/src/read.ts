import { DescribeConfigurationRecorderStatusCommand, SelectResourceConfigCommand } from '@aws-sdk/client-config-service'
import { ExtractionError, type Artifact, type Context, type Page, type PageReader, type Task } from '@cae/core'
import type { Call } from './call.ts'
import type { Place } from './client.ts'
import { expressionsFor } from './expression.ts'
import { parseItem, parseRow } from './row.ts'
import { toArtifact, type ItemOrigin } from './translate.ts'

/** The most rows that SelectResourceConfig gives in a page. */
const PAGE_SIZE = 100

/** A slice of account and region, once its recorder is known to run. */
export async function openSlice(call: Call, place: Place, task: Task, context: Context): Promise<PageReader> {
  const { select, count } = expressionsFor(task.query['services'] as readonly string[] | undefined)
  const origin = { account: task.scope, region: task.region, asOf: task.asOf }
  const query = (expression: string, cursor: string | null) =>
    call('SelectResourceConfig', place, context, (client, options) => {
      const token = cursor === null ? {} : { NextToken: cursor }
      return client.send(
        new SelectResourceConfigCommand({ Expression: expression, Limit: PAGE_SIZE, ...token }),
        options,
      )
    })
  const readPage = async (cursor: string | null): Promise<Page> => {
    const { Results, NextToken } = await query(select, cursor)
    return { artifacts: toArtifacts(Results, origin), next: NextToken || null }
  }

  await requireRecorder(call, place, context)
  return {
    read: async (cursor) => {
      if (cursor !== null) return readPage(cursor)
      const [expected, page] = await Promise.all([query(count, null).then(countIn), readPage(null)])
      return { ...page, expected: { count: expected, source: 'SELECT COUNT(*)' } }
    },
    close: async () => {},
  }
}

// A region without a running recorder answers every query, with nothing. That must never look like an empty region.
async function requireRecorder(call: Call, place: Place, context: Context): Promise<void> {
  const { ConfigurationRecordersStatus = [] } = await call(
    'DescribeConfigurationRecorderStatus',
    place,
    context,
    (client, options) => client.send(new DescribeConfigurationRecorderStatusCommand({}), options),
  )
  for (const { arn } of ConfigurationRecordersStatus) requireAccount(arn?.split(':')[4], place.account.account_id)
  if (ConfigurationRecordersStatus.some(({ recording }) => recording)) return
  const state = ConfigurationRecordersStatus.length === 0 ? 'has no recorder' : 'has a recorder that is stopped'
  throw new ExtractionError('NOT_ENABLED', `AWS Config ${state} in ${place.account.account_id} ${place.region}`)
}

function toArtifacts(rows: readonly string[] | undefined, origin: ItemOrigin): readonly Artifact[] {
  if (!rows) throw new ExtractionError('RESPONSE_INVALID', 'AWS Config answered a query without Results')
  return rows.map((row) => {
    const item = parseItem(row)
    requireAccount(item.accountId, origin.account)
    return toArtifact(item, origin)
  })
}

// Credentials answer for the account that they are of, whichever one the settings meant by them: without a role, all
// accounts of the settings would show the resources of one.
function requireAccount(actual: string | null | undefined, expected: string): void {
  if (!actual || actual === expected) return
  throw new ExtractionError(
    'CREDENTIALS_INVALID',
    `AWS: the credentials for account ${expected} are of account ${actual}; name a role_arn in it`,
  )
}

// GetDiscoveredResourceCounts would lag by minutes and count what SQL cannot reach; this is the truth about the query.
function countIn({ Results }: { Results?: string[] | undefined }): number {
  const row = parseRow(Results?.[0] ?? 'null') as Record<string, unknown> | null
  const count = Number(row?.['COUNT(*)'] ?? Number.NaN)
  if (Number.isSafeInteger(count)) return count
  throw new ExtractionError('RESPONSE_INVALID', 'AWS Config answered SELECT COUNT(*) without a count')
}
