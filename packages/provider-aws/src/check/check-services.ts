import type { Context, Finding } from '@cae/core'
import type { Call } from '../client/call.ts'
import type { Place } from '../client/client.ts'
import { noting, SAMPLE, tried } from './finding.ts'
import { findView, supportedTypes } from '../unrecorded/resource-explorer.ts'
import { tagsOfTypes } from '../read/tags.ts'

/** Whether tags can be read where AWS Config gives none. */
export async function checkTags(call: Call, place: Place, context: Context): Promise<Finding> {
  const read = () => tagsOfTypes(call, place, ['s3'], context, null)
  return (await tried(aboutOf(place), 'tag:GetResources', read, true)).finding
}

/** Whether the services can stand in that are asked where AWS Config is off. */
export async function checkUnrecorded(call: Call, place: Place, context: Context): Promise<Finding[]> {
  const [explorer, control] = await Promise.all([
    checkExplorer(call, place, context),
    checkCloudControl(call, place, context),
  ])
  return [...explorer, ...control]
}

async function checkExplorer(call: Call, place: Place, context: Context): Promise<Finding[]> {
  const about = aboutOf(place)
  const actions = new Set<string>()
  const find = () => findView(noting(call, actions), place, context)
  const { finding, answer } = await tried(about, 'resource-explorer', find, true)
  const found = { ...finding, tried: [...actions] }
  if (!answer) return [found]
  if (answer.view !== null) {
    const operation = 'resource-explorer-2:ListSupportedResourceTypes'
    return [found, (await tried(about, operation, () => supportedTypes(call, place, context), true)).finding]
  }
  const advice =
    'turn on Resource Explorer with a default view without filters, and allow its actions; without it some types can only be missed'
  return [{ ...found, status: 'warning', message: answer.reason, advice }]
}

async function checkCloudControl(call: Call, place: Place, context: Context): Promise<Finding[]> {
  const about = aboutOf(place)
  const list = await tried(about, 'cloudformation:ListResources', () => listSample(call, place, context), true)
  if (list.error) return [list.finding]
  const Identifier = list.answer?.ResourceDescriptions?.[0]?.Identifier
  // There is nothing to try it on.
  if (!Identifier) return [list.finding]
  const get = await tried(about, 'cloudformation:GetResource', () => getSample(call, place, context, Identifier), true)
  return [list.finding, get.finding]
}

async function listSample(call: Call, place: Place, context: Context) {
  const { ListResourcesCommand } = await import('@aws-sdk/client-cloudcontrol')
  return call('cloudformation:ListResources', place, context, (client, options) =>
    client.send(new ListResourcesCommand({ TypeName: SAMPLE.type }), options),
  )
}

async function getSample(call: Call, place: Place, context: Context, Identifier: string) {
  const { GetResourceCommand } = await import('@aws-sdk/client-cloudcontrol')
  return call('cloudformation:GetResource', place, context, (client, options) =>
    client.send(new GetResourceCommand({ TypeName: SAMPLE.type, Identifier }), options),
  )
}

function aboutOf({ account, region }: Place) {
  return { scope: account.account_id, region }
}
