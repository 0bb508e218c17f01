export interface DemoOptions {
  readonly resources: number
  readonly workers: number
  readonly seed: number
  /** Milliseconds that each answer of the simulated clouds takes. */
  readonly latency: number
  readonly quotas: boolean
  readonly keep?: boolean
  readonly killWorker?: boolean
  /** Let the simulated clouds hide something, to see it told. */
  readonly gaps?: boolean
  readonly transport: 'filesystem' | 'null'
  readonly data: string
  readonly out?: string
  readonly verbose?: boolean
}
