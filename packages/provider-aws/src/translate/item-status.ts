import type { ConfigItem } from './config-item.ts'

/** What `configurationItemStatus` may be besides `OK` and `ResourceDiscovered`. Source: API reference of ConfigurationItem. */
export const DELETED: readonly string[] = ['ResourceDeleted', 'ResourceDeletedNotRecorded']
const NOT_RECORDED = 'ResourceNotRecorded'

type Status = Pick<ConfigItem, 'configurationItemStatus'>

/** Whether the item is of a resource that exists no more. */
export function isDeleted({ configurationItemStatus }: Status): boolean {
  return DELETED.includes(configurationItemStatus ?? '')
}

/** Whether the item is of a resource that exists, and of which Config records nothing. */
export function isUnrecorded({ configurationItemStatus }: Status): boolean {
  return configurationItemStatus === NOT_RECORDED
}
