export const CONTENTS = ['resource', 'iam_policy', 'relationship'] as const
/** What is read of each asset. `resource` always is. */
export type GcpContent = (typeof CONTENTS)[number]

/** What is read where the settings do not say it; and what more, where Google gives it. */
export const USUAL_CONTENT: readonly GcpContent[] = ['resource', 'iam_policy']
export const OPTIONAL_CONTENT = 'relationship'

/** A project to read. */
export interface GcpProject {
  readonly project_id: string
  /** Where its resources are wanted from; all where absent. */
  readonly regions?: readonly string[]
}

export interface GcpOptions {
  readonly projects: readonly GcpProject[]
  /** `organizations/123` and `folders/45`, whose projects need no naming. */
  readonly scopes?: readonly string[]
  /** Where absent, `resource` and `iam_policy`, and `relationship` where the organization has it. */
  readonly content?: readonly GcpContent[]
  /** Path of a key file; application-default credentials where absent. */
  readonly credentials_file?: string
  /** `host` or `host:port` instead of `cloudasset.googleapis.com`; `http://host:port`, or one on loopback, is a simulator and gets no TLS and no credentials. */
  readonly endpoint?: string
  /** The project that calls are counted against; the credentials' own where absent. */
  readonly quota_project?: string
  /** How long one request may take; 60,000 where absent. */
  readonly timeoutMs?: number
}
