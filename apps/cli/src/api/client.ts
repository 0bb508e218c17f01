import type { Outcome } from '@cae/core'
import type {
  CoverageDetail,
  FieldMessage,
  JobDetail,
  JobSummary,
  PreflightDetail,
  QuotasDetail,
  ScheduleDetail,
  ServicesDetail,
  TaskDetail,
} from './views.ts'

const TIMEOUT_MS = 30_000
/** What one request gets of a long list. */
export const PAGE = 1000

/** An answer of the API that is not a success. */
export class ApiProblem extends Error {
  readonly status: number
  readonly errors: readonly FieldMessage[]

  constructor(status: number, detail: string, errors: readonly FieldMessage[] = []) {
    super(detail)
    this.name = 'ApiProblem'
    this.status = status
    this.errors = errors
  }

  /** `field: message` lines, or what the API says where no field is wrong. */
  get lines(): readonly string[] {
    // Of a conflict, the whole says more: what there is already.
    return this.errors.length > 0 && this.status !== 409
      ? this.errors.map(({ field, message }) => `${field}: ${message}`)
      : [this.message]
  }
}

export class ApiUnreachable extends Error {
  constructor(url: string, cause: unknown) {
    super(`no API at ${url}`, { cause })
    this.name = 'ApiUnreachable'
  }

  /** Something listens there, and speaks no TLS. */
  get isPlain(): boolean {
    const { code } = ((this.cause as Error | undefined)?.cause ?? {}) as NodeJS.ErrnoException
    return code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG' || code === 'EPROTO'
  }
}

export interface ApiClientOptions {
  /** Such as `http://127.0.0.1:8000`. */
  readonly url: string
  readonly key?: string | undefined
}

/** The HTTP API as functions. They throw `ApiProblem` and `ApiUnreachable`. */
export interface ApiClient {
  readonly url: string
  submit(request: object): Promise<{ readonly job_id: string; readonly warnings?: readonly FieldMessage[] }>
  job(id: string): Promise<JobDetail>
  jobs(query: { limit: number; status?: string | undefined }): Promise<{
    readonly total: number
    readonly jobs: readonly JobSummary[]
  }>
  /** All tasks of a job, in the order they were planned. */
  tasks(id: string): Promise<readonly TaskDetail[]>
  /** What a job covered, with all its slices, or those of an outcome; `most` of them, where given. */
  coverage(id: string, outcome?: Outcome, most?: number): Promise<CoverageDetail>
  /** Asks what a run over the selection needs. Answers within seconds, with as much as is known then. */
  preflight(selection: Readonly<Record<string, readonly string[]>>): Promise<PreflightDetail>
  /** The same one again, after `seconds` at most. */
  preflightAgain(id: string, seconds: number): Promise<PreflightDetail>
  services(): Promise<ServicesDetail>
  /** The budgets that are used most. */
  quotas(limit: number): Promise<QuotasDetail>
  schedules(): Promise<readonly ScheduleDetail[]>
  createSchedule(schedule: object): Promise<ScheduleDetail & { readonly warnings?: readonly FieldMessage[] }>
  deleteSchedule(name: string): Promise<void>
  setSchedulePaused(name: string, paused: boolean): Promise<ScheduleDetail>
}

export function apiClient({ url: given, key }: ApiClientOptions): ApiClient {
  const url = given.replace(/\/+$/, '')
  const call = <T>(method: string, path: string, body?: object) => request<T>(url, key, method, path, body)

  const paged = async <T extends { total: number }>(path: string, outcome?: Outcome, most = Infinity) => {
    const pages: T[] = []
    const filter = outcome ? `&outcome=${outcome}` : ''
    for (let offset = 0; ; offset += PAGE) {
      const page = await call<T>('GET', `${path}?limit=${PAGE}&offset=${offset}${filter}`)
      pages.push(page)
      if (offset + PAGE >= Math.min(page.total, most)) return pages
    }
  }

  return {
    url,
    submit: (body) => call('POST', '/extraction/extract', body),
    job: (id) => naming(`job ${id}`, call('GET', job(id))),
    jobs: ({ limit, status }) => call('GET', `/extraction/jobs?limit=${limit}${status ? `&status=${status}` : ''}`),
    async tasks(id) {
      const pages = await paged<{ total: number; tasks: TaskDetail[] }>(`${job(id)}/tasks`)
      return pages.flatMap(({ tasks }) => tasks)
    },
    async coverage(id, outcome, most) {
      const path = `${job(id)}/coverage`
      const pages = await naming(`job ${id}`, paged<CoverageDetail & { total: number }>(path, outcome, most))
      return { ...pages[0]!, slices: pages.flatMap(({ slices }) => slices) }
    },
    preflight: (selection) => {
      const query = new URLSearchParams({ wait: '1' })
      for (const [field, names] of Object.entries(selection)) query.set(field, names.join(','))
      return call('GET', `/extraction/preflight?${query.toString()}`)
    },
    preflightAgain: (id, seconds) => call('GET', `/extraction/preflight/${encodeURIComponent(id)}?wait=${seconds}`),
    services: async () => (await call<{ services: ServicesDetail }>('GET', '/extraction/services')).services,
    quotas: (limit) => call('GET', `/extraction/quotas?limit=${limit}`),
    schedules: async () => (await call<{ schedules: ScheduleDetail[] }>('GET', '/schedules/')).schedules,
    createSchedule: (body) => call('POST', '/schedules/', body),
    deleteSchedule: (name) => naming(`schedule ${name}`, call('DELETE', schedule(name))),
    setSchedulePaused: (name, paused) =>
      naming(`schedule ${name}`, call('PUT', `${schedule(name)}/${paused ? 'pause' : 'resume'}`)),
  }
}

const schedule = (name: string) => `/schedules/${encodeURIComponent(name)}`
const job = (id: string) => `/extraction/jobs/${encodeURIComponent(id)}`

/** What is not there, by its name. */
function naming<T>(what: string, answer: Promise<T>): Promise<T> {
  return answer.catch((error: unknown) => {
    throw error instanceof ApiProblem && error.status === 404 ? new ApiProblem(404, `there is no ${what}`) : error
  })
}

async function request<T>(url: string, key: string | undefined, method: string, path: string, body?: object) {
  const response = await fetch(url + path, {
    method,
    headers: { ...(key && { 'x-api-key': key }), ...(body && { 'content-type': 'application/json' }) },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    // Wherever one leads to would get the key.
    redirect: 'manual',
    ...(body && { body: JSON.stringify(body) }),
  }).catch((cause: unknown) => {
    throw new ApiUnreachable(url, cause)
  })
  const text = await response.text()
  const answer = parse(text)
  if (response.status >= 300 && response.status < 400) throw redirected(url, response)
  if (!response.ok) throw toProblem(url, response.status, answer)
  if (text !== '' && answer === undefined)
    throw new ApiProblem(response.status, `${url} does not answer as the API does`)
  return answer as T
}

function redirected(url: string, { status, headers }: Response): ApiProblem {
  const to = headers.get('location') ?? ''
  const origin = URL.canParse(to, url) ? new URL(to, url).origin : 'nowhere'
  return new ApiProblem(status, `${url} sends us on to ${origin}: give the address of the API by --api`)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function toProblem(url: string, status: number, answer: unknown): ApiProblem {
  const { detail, errors } = (answer ?? {}) as { detail?: unknown; errors?: readonly FieldMessage[] }
  const hint = status === 401 ? ': give --api-key, or set CAE_API_KEY' : ''
  return new ApiProblem(
    status,
    (typeof detail === 'string'
      ? detail
      : `${url} answered ${status}, and not as the API does: is it another server?`) + hint,
    Array.isArray(errors) ? errors : [],
  )
}
