/** An account to read, and how to get into it. */
export interface AwsAccount {
  /** Twelve digits. */
  readonly account_id: string
  /** Absent: those that the account has enabled. */
  readonly regions?: readonly string[] | undefined
  /** Assumed for this account; without one, the workers' own identity reads it. */
  readonly role_arn?: string | undefined
  readonly external_id?: string | undefined
}

/** All active accounts of an AWS organization. */
export interface AwsOrganization {
  /** Of the role that is assumed in every account: `arn:aws:iam::{account}:role/{role_name}`. */
  readonly role_name: string
  readonly external_id?: string | undefined
  /** Absent: those that each account has enabled. */
  readonly regions?: readonly string[] | undefined
  /** Assumed to list the accounts, in the management account or a delegated administrator; else our own identity lists. */
  readonly management_role_arn?: string | undefined
  /** Account ids that are left out. */
  readonly exclude?: readonly string[] | undefined
}

/** A configuration aggregator: many accounts and regions, read in one. */
export interface AwsAggregator {
  readonly name: string
  /** Where the aggregator is. */
  readonly account_id: string
  readonly region: string
  readonly role_arn?: string | undefined
  readonly external_id?: string | undefined
}

export interface AwsOptions {
  /** Read as they say, whatever organization and aggregators have of them. */
  readonly accounts: readonly AwsAccount[]
  readonly organization?: AwsOrganization | undefined
  readonly aggregators?: readonly AwsAggregator[] | undefined
  /** Instead of AWS's own endpoints, for Config and STS. Over plain http it is a simulator and sees no credentials of ours. */
  readonly endpoint?: string
  /** How long one request may take; 60,000 where absent. */
  readonly timeoutMs?: number
  /** Connections of this process to AWS; 50 where absent. */
  readonly maxConnections?: number
}
