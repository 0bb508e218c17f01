/** An account to read, and how to get into it. */
export interface AwsAccount {
  /** Twelve digits. */
  readonly account_id: string
  readonly regions: readonly string[]
  /** Assumed for this account; without one, the workers' own identity reads it. */
  readonly role_arn?: string
  readonly external_id?: string
}

export interface AwsOptions {
  readonly accounts: readonly AwsAccount[]
  /** Instead of AWS's own endpoints, for Config and STS. Over plain http it is a simulator and sees no credentials of ours. */
  readonly endpoint?: string
  /** How long one request may take; 60,000 where absent. */
  readonly timeoutMs?: number
  /** Connections of this process to AWS; 50 where absent. */
  readonly maxConnections?: number
}
