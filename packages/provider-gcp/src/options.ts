/** A project to read. */
export interface GcpProject {
  readonly project_id: string
  /** Where its resources are wanted from; all where absent. */
  readonly regions?: readonly string[]
}

export interface GcpOptions {
  readonly projects: readonly GcpProject[]
  /** `host` or `host:port` instead of `cloudasset.googleapis.com`; `http://host:port`, or one on loopback, is a simulator and gets no TLS and no credentials. */
  readonly endpoint?: string
  /** The project that calls are counted against; the credentials' own where absent. */
  readonly quota_project?: string
  /** How long one request may take; 60,000 where absent. */
  readonly timeoutMs?: number
}
