/** A subscription to read. */
export interface AzureAccount {
  readonly subscription_id: string
  /** Instead of the `locations` of all. Resources without a place are always read. */
  readonly locations?: readonly string[]
}

export interface AzureOptions {
  readonly accounts: readonly AzureAccount[]
  /** Names of management groups: all subscriptions below them, and what is assigned to the groups themselves. */
  readonly management_groups?: readonly string[]
  /** Every subscription of the tenant that the identity sees, and what stands above them. */
  readonly all_subscriptions?: boolean
  /** Where resources are wanted from, such as `westeurope`; all where absent. */
  readonly locations?: readonly string[]
  /** Names of Resource Graph's tables, such as `policyresources`; those of `DEFAULT_TABLES` where absent. */
  readonly tables?: readonly string[]
  /** Instead of `https://management.azure.com`. Over plain http it is a simulator and sees no credentials of ours. */
  readonly endpoint?: string
  readonly tenant_id?: string
  /** Rows in a page, 1 to 1,000; 1,000 where absent. */
  readonly pageSize?: number
  /** How long one request may take; 60,000 where absent. */
  readonly timeoutMs?: number
}
