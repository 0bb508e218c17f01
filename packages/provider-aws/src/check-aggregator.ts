import type { Context, Finding } from '@cae/core'
import type { Call } from './call.ts'
import type { AwsAggregator } from './options.ts'

export async function checkAggregator(_call: Call, _aggregator: AwsAggregator, _context: Context): Promise<Finding[]> {
  return []
}
