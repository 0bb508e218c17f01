/** A subscription to read. */
export interface AzureAccount {
  readonly subscription_id: string
  /** Where its resources are wanted from, such as `westeurope`; all where absent. Resources without a place always are. */
  readonly locations?: readonly string[]
}

export interface AzureOptions {
  readonly accounts: readonly AzureAccount[]
  /** Instead of `https://management.azure.com`. Over plain http it is a simulator and sees no credentials of ours. */
  readonly endpoint?: string
  readonly tenant_id?: string
  /** Rows in a page, 1 to 1,000; 1,000 where absent. */
  readonly pageSize?: number
  /** How long one request may take; 60,000 where absent. */
  readonly timeoutMs?: number
}
