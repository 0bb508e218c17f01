import { PROVIDER_NAMES } from '@cae/core'
import type { Command } from 'commander'
import { apiClient, type ApiClient } from '../api/client.ts'
import type { Host } from '../host.ts'
import type { ShowOptions } from '../show-options.ts'
import { label, list, url, wholeNumber, type Labels } from './option-values.ts'

const DEFAULT_API = 'http://127.0.0.1:8000'

/** Takes the exit code of a command that has run. */
export type Finish = (code: number) => void

export interface ApiOptions extends ShowOptions {
  readonly apiKey?: string
}

export function withApi(command: Command): Command {
  return command
    .option('--api <url>', `the API (default: CAE_API_URL, or ${DEFAULT_API})`, url)
    .option('--api-key <key>', 'its key (default: CAE_API_KEY)')
    .option('--json', 'JSON for programs')
}

export function clientOf({ api, apiKey }: ApiOptions, { environment }: Host): ApiClient {
  return apiClient({
    url: api ?? (environment['CAE_API_URL'] || DEFAULT_API),
    key: apiKey ?? (environment['CAE_API_KEY'] || undefined),
  })
}

/** Which part of the clouds. */
export interface SelectionOptions {
  readonly provider?: string[]
  readonly services?: string[]
  readonly regions?: string[]
  readonly accounts?: string[]
  readonly resourceTypes?: string[]
}

export interface RequestOptions extends SelectionOptions {
  readonly filterLabel?: Labels
  readonly filterType?: string[]
  readonly batchSize?: number
}

export function withSelection(command: Command): Command {
  return command
    .option('--provider <names>', `of ${PROVIDER_NAMES.join(', ')} (default: all that are configured)`, list)
    .option('--services <names>', 'such as ec2,s3,compute,storage', list)
    .option('--regions <names>', 'such as us-east-1,westeurope', list)
    .option('--accounts <ids>', 'accounts, subscriptions, projects', list)
    .option('--resource-types <globs>', "such as 'aws:ec2:*' or AWS::S3::Bucket", list)
}

export function withRequest(command: Command): Command {
  return withSelection(command)
    .option('--filter-label <name=value>', 'only resources with this label; may be repeated', label)
    .option('--filter-type <globs>', 'deliver only these types', list)
    .option('--batch-size <n>', 'artifacts in a batch', wholeNumber(1, 10_000))
}

// Only what was given: the rest is the API's to fill in.
export function selectionOf({ provider, services, regions, accounts, resourceTypes }: SelectionOptions) {
  return {
    ...(provider && { providers: provider }),
    ...(services && { services }),
    ...(regions && { regions }),
    ...(accounts && { accounts }),
    ...(resourceTypes && { resource_types: resourceTypes }),
  }
}

export function requestOf({ filterLabel, filterType, batchSize, ...selection }: RequestOptions) {
  const filters = { ...(filterLabel && { labels: filterLabel }), ...(filterType && { resource_types: filterType }) }
  return {
    ...selectionOf(selection),
    ...(Object.keys(filters).length > 0 && { filters }),
    ...(batchSize !== undefined && { batch_size: batchSize }),
  }
}

/** The end of each help text. */
export function examples(...lines: string[]): string {
  return ['', `Example${lines.length > 1 ? 's' : ''}:`, ...lines.map((line) => `  ${line}`)].join('\n')
}
