import { declaredLimits, type Cluster } from '@cae/test/support'

const PAGE = { aws: 100, azure: 1000, gcp: 1000 } as const

export type ProviderName = keyof typeof PAGE

/** What the API says of a task, as far as it matters here. */
export interface EndedTask {
  readonly provider: ProviderName
  readonly scope: string
  readonly region: string
  readonly pages: number
  readonly ended_at: string
  readonly coverage: { readonly extracted: number }
}

/** A budget, what it must let through, and how long that takes at its rate. */
export interface Bound {
  readonly budget: string
  readonly calls: number
  readonly seconds: number
  /** With luck: where each of the provider's windows begins with a call of ours, and all of it comes at once. */
  readonly luckySeconds: number
}

/** Every task of a job. */
export async function allTasks(cluster: Cluster, id: string): Promise<EndedTask[]> {
  const tasks: EndedTask[] = []
  for (;;) {
    const response = await fetch(`${cluster.apiUrl}/extraction/jobs/${id}/tasks?limit=1000&offset=${tasks.length}`)
    const page = ((await response.json()) as { tasks: EndedTask[] }).tasks
    tasks.push(...page)
    if (page.length < 1000) return tasks
  }
}

export interface Bounds {
  readonly aws: Bound | undefined
  readonly azure: Bound
  readonly gcp: Bound
}

/**
 * What the quotas allow at the rates that they let through for ever, by provider. The budgets of Azure and Google are few, so the calls of `made` are those that
 * the clouds answered; AWS has one for each account and region, so there they are the pages of its slices. A reader that
 * makes more calls than it must raises `made`, but not `fewest`: there Azure and Google have the full pages alone that hold
 * every resource and policy, without counting, planning or pages that are not full, which no reader can do with fewer.
 */
export async function bounds(
  cluster: Cluster,
  tasks: readonly EndedTask[],
  timeScale: number,
): Promise<{ readonly made: Bounds; readonly fewest: Bounds }> {
  const limits = new Map((await declaredLimits()).map((limit) => [limit.name, limit]))
  const requests = await cluster.clouds.requests()
  const answered = (provider: 'azure' | 'gcp', operation: string) => requests[provider][operation]?.ok ?? 0
  const of = (name: string, operation: string, calls: number): Bound => {
    const { ratePerSecond, windowSeconds = 1 / ratePerSecond } = limits.get(name)!
    const windows = Math.ceil(calls / Math.round(ratePerSecond * windowSeconds))
    return {
      budget: `${operation}, ${name}`,
      calls,
      seconds: calls / ratePerSecond / timeScale,
      luckySeconds: ((windows - 1) * windowSeconds) / timeScale,
    }
  }
  const [selects] = groups(tasks, 'aws').toSorted((a, b) => b.pages - a.pages)
  const aws = selects && of('aws.config.select', `SelectResourceConfig in ${selects.key}`, selects.pages)
  const queries = (calls: number) => of('azure.graph.query', 'Resources', calls)
  const lists = (calls: number) => of('gcp.asset.list.project', 'ListAssets', calls)
  const search = of('gcp.asset.search.project', 'SearchAllResources', answered('gcp', 'SearchAllResources'))
  const policyPages = Math.ceil((await cluster.clouds.policies()) / PAGE.gcp)
  return {
    made: {
      aws,
      azure: queries(answered('azure', 'Resources')),
      gcp: slowest([lists(answered('gcp', 'ListAssets')), search]),
    },
    fewest: {
      aws,
      azure: queries(leastPages(tasks, 'azure')),
      gcp: lists(leastPages(tasks, 'gcp') + policyPages),
    },
  }
}

/** The pages, each as full as it may be, that hold the resources of each scope; of all scopes where a query may name many. */
export function leastPages(tasks: readonly EndedTask[], provider: ProviderName): number {
  const resources = groups(tasks, provider).map(({ extracted }) => extracted)
  if (provider === 'azure') return Math.ceil(resources.reduce((sum, n) => sum + n, 0) / PAGE.azure)
  return resources.reduce((sum, n) => sum + Math.ceil(n / PAGE[provider]), 0)
}

export function slowest(all: readonly Bound[]): Bound {
  return all.reduce((a, b) => (b.seconds > a.seconds ? b : a))
}

/** Resources and pages by scope and region. */
function groups(tasks: readonly EndedTask[], provider: ProviderName) {
  const found = new Map<string, { key: string; pages: number; extracted: number }>()
  for (const task of tasks) {
    if (task.provider !== provider) continue
    const key = `${task.scope} ${task.region}`
    const group = found.get(key) ?? { key, pages: 0, extracted: 0 }
    group.pages += task.pages
    group.extracted += task.coverage.extracted
    found.set(key, group)
  }
  return [...found.values()]
}
