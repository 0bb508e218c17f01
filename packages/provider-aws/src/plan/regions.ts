import { ExtractionError, type Context } from '@cae/core'
import type { Call } from '../client/call.ts'
import { homeRegion } from '../client/credentials.ts'
import { cursorExpired } from '../client/cursor-expired.ts'
import { everyPage } from '../client/every-page.ts'
import type { AwsAccount } from '../options.ts'

export interface AccountRegions {
  /** Regions to read, sorted. */
  readonly enabled: readonly string[]
  /** Regions that can't be read, and what they are: `DISABLED`, `ENABLING`, `DISABLING`. */
  readonly disabled: readonly { readonly region: string; readonly state: string }[]
}

/** The most that ListRegions gives in a page: more than there are regions. */
const PAGE_SIZE = 50

// A state that is new to us is read: the region will say itself whether it can be.
const NOT_READ = new Set(['DISABLED', 'DISABLING', 'ENABLING'])

/** The regions of an account, asked of the account itself. */
export async function accountRegions(call: Call, account: AwsAccount, context: Context): Promise<AccountRegions> {
  const { ListRegionsCommand } = await import('@aws-sdk/client-account')
  const place = { account, region: homeRegion(account) }
  const regions = await everyPage(async (token) => {
    const input = { MaxResults: PAGE_SIZE, NextToken: token }
    const { Regions, NextToken } = await call('account:ListRegions', place, context, (client, options) =>
      client.send(new ListRegionsCommand(input), options),
    ).catch((thrown: unknown) => {
      throw cursorExpired(thrown, token)
    })
    return { items: Regions, next: NextToken }
  })
  if (regions.length === 0) {
    throw new ExtractionError('RESPONSE_INVALID', `AWS gave account ${account.account_id} no regions at all`)
  }
  const states = regions
    .map(({ RegionName = '', RegionOptStatus = '' }) => ({ region: RegionName, state: RegionOptStatus }))
    .toSorted((a, b) => (a.region < b.region ? -1 : 1))
  return {
    enabled: states.filter(({ state }) => !NOT_READ.has(state)).map(({ region }) => region),
    disabled: states.filter(({ state }) => NOT_READ.has(state)),
  }
}
