import { ExtractionError, type Context, type Finding } from '@cae/core'
import type { Call } from './call.ts'
import type { Place } from './client.ts'
import { homeRegion } from './credentials.ts'
import type { AwsAccount } from './options.ts'
import { organizationAccounts } from './organizations.ts'
import { accountRegions } from './regions.ts'
import { findView } from './resource-explorer.ts'
import { tagsOfTypes } from './tags.ts'

/** Whether the organization's accounts can be listed. A run that names an organization can't do without. */
export function checkOrganization(call: Call, administrator: AwsAccount, context: Context): Promise<Finding> {
  return tryOut(atHome(administrator), 'organizations:ListAccounts', 'missing', async () => {
    await organizationAccounts(call, administrator, context, null)
    return undefined
  })
}

/** Whether the account's regions can be listed. A run that names no regions can't do without. */
export function checkRegions(call: Call, account: AwsAccount, context: Context): Promise<Finding> {
  return tryOut(atHome(account), 'account:ListRegions', 'missing', async () => {
    await accountRegions(call, account, context)
    return undefined
  })
}

/** Whether tags can be read where AWS Config gives none. */
export function checkTags(call: Call, place: Place, context: Context): Promise<Finding> {
  return tryOut(place, 'tag:GetResources', 'warning', async () => {
    await tagsOfTypes(call, place, ['s3'], context, null)
    return undefined
  })
}

// Every region has one, and few.
const SAMPLE = 'AWS::EC2::VPC'

/** Whether Cloud Control can stand in where AWS Config is off. */
export async function checkCloudControl(call: Call, place: Place, context: Context): Promise<readonly Finding[]> {
  let sample: string | undefined
  const list = await tryOut(place, 'cloudformation:ListResources', 'warning', async () => {
    const { ListResourcesCommand } = await import('@aws-sdk/client-cloudcontrol')
    const { ResourceDescriptions = [] } = await call(
      'cloudformation:ListResources',
      place,
      context,
      (client, options) => client.send(new ListResourcesCommand({ TypeName: SAMPLE }), options),
    )
    sample = ResourceDescriptions[0]?.Identifier
    return undefined
  })
  if (list.status !== 'ok') return [list]
  const get = await tryOut(place, 'cloudformation:GetResource', 'warning', async () => {
    if (sample === undefined) return 'there is no VPC to try it on'
    const { GetResourceCommand } = await import('@aws-sdk/client-cloudcontrol')
    const input = { TypeName: SAMPLE, Identifier: sample }
    await call('cloudformation:GetResource', place, context, (client, options) =>
      client.send(new GetResourceCommand(input), options),
    )
    return undefined
  })
  return [list, get]
}

/** Whether Resource Explorer shows all of a region, by which a region without AWS Config can be read whole. */
export async function checkExplorer(call: Call, place: Place, context: Context): Promise<Finding> {
  const finding = await tryOut(place, 'resource-explorer', 'warning', async () => {
    const found = await findView(call, place, context)
    return found.view === null ? found.reason : undefined
  })
  if (finding.status === 'ok') return finding
  return { ...finding, advice: 'Turn on Resource Explorer with a default view without filters, or start AWS Config' }
}

function atHome(account: AwsAccount): Place {
  return { account, region: homeRegion(account) }
}

/**
 * Tries a right or a state, named by `check`; what the trial returns is why it is not all it should be. A refusal is a
 * finding with `status`; what may pass by itself, such as a throttle, is a warning.
 */
async function tryOut(
  { account, region }: Place,
  check: string,
  status: 'missing' | 'warning',
  trial: () => Promise<string | undefined>,
): Promise<Finding> {
  const what = { scope: account.account_id, region, check }
  try {
    const message = await trial()
    return message === undefined ? { ...what, status: 'ok' } : { ...what, status: 'warning', message }
  } catch (thrown) {
    if (!(thrown instanceof ExtractionError)) throw thrown
    const { code, message } = thrown
    if (code !== 'ACCESS_DENIED') return { ...what, status: code === 'NOT_ENABLED' ? status : 'warning', message }
    return { ...what, status, message, advice: `Allow ${check} in a policy of the identity that reads this account` }
  }
}
