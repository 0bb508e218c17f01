import type { JobDetail, WaitDetail } from '../../src/api/views.ts'

/** Of three slices of AWS, for their quota. */
export const QUOTA_WAIT: WaitDetail = {
  provider: 'aws',
  code: 'THROTTLED',
  count: 3,
  message: 'no room',
  advice: 'Nothing: it waits.',
  until: null,
  example_task_id: 'a-aws.b.c.d',
}

/** One that goes on: of AWS a slice is still read and further ones may come, of GCP nothing is known yet. */
export function runningJob(overrides: Partial<JobDetail> = {}): JobDetail {
  const { by_provider, timing } = testJob()
  return testJob({
    status: 'running',
    progress: { slices: 4, ended: 3, planned: false, percent: 75 },
    outcomes: { complete: 3 },
    by_provider: { aws: { ...by_provider.aws!, ended: 3, planning: 1, outcomes: { complete: 3 } } },
    errors: [],
    timing: { ...timing, finished_at: null },
    ...overrides,
  })
}

/** A job of two providers, one of them with a denied slice. */
export function testJob(overrides: Partial<JobDetail> = {}): JobDetail {
  return {
    job_id: '1m83f92y7z87at9nkp',
    status: 'partial',
    schedule: null,
    request: { providers: ['aws', 'gcp'], batch_size: 500 },
    progress: { slices: 5, ended: 5, planned: true, percent: 100 },
    totals: { artifacts: 1500, batches: 4, bytes: 4_200_000 },
    outcomes: { complete: 4, denied: 1 },
    by_provider: {
      aws: {
        slices: 4,
        ended: 4,
        planning: 0,
        read: 1200,
        expected: 1200,
        artifacts: 1200,
        outcomes: { complete: 3, denied: 1 },
      },
      gcp: { slices: 1, ended: 1, planning: 0, read: 300, expected: 300, artifacts: 300, outcomes: { complete: 1 } },
    },
    resources: [
      { provider: 'aws', service: 'ec2', region: 'us-east-1', artifacts: 700 },
      { provider: 'aws', service: 'ec2', region: 'eu-west-1', artifacts: 400 },
      { provider: 'aws', service: 'iam', region: 'global', artifacts: 100 },
      { provider: 'gcp', service: 'compute', region: 'europe-west1', artifacts: 300 },
    ],
    errors: [
      {
        provider: 'aws',
        outcome: 'denied',
        code: 'ACCESS_DENIED',
        count: 1,
        message: 'not authorized',
        example_task_id: 'x',
      },
    ],
    waiting: [],
    timing: {
      created_at: '2026-01-01T00:00:00.000Z',
      started_at: '2026-01-01T00:00:00.000Z',
      finished_at: '2026-01-01T00:00:03.000Z',
      duration_seconds: 3,
      artifacts_per_second: 500,
    },
    ...overrides,
  }
}

/** A job whose filters chose some of what AWS has. */
export function filteredJob({ artifacts }: { readonly artifacts: number }): JobDetail {
  const aws = { ...testJob().by_provider.aws!, artifacts }
  return testJob({
    request: { providers: ['aws'], filters: { labels: { env: 'prod' } }, batch_size: 500 },
    by_provider: { aws },
    totals: { artifacts, batches: 1, bytes: 1 },
    resources: [],
  })
}
