import { ExtractionError, inParallel, type Context, type Finding, type Target } from '@cae/core'
import { CONTENT_TYPES } from '../read/beside.ts'
import type { AssetApi } from '../client/call.ts'
import { estimateOf } from './estimate.ts'
import { isRefused, REASON_USER_PROJECT } from '../errors.ts'
import { CONTENTS, type GcpContent } from '../options.ts'
import { LIST_IAM_POLICY, LIST_RESOURCE, SEARCH_RESOURCES, USE_SERVICES } from '../permissions.ts'
import { wantedScopes, type GcpScope } from '../scope.ts'

const API = 'cloudasset.googleapis.com'
/** Scopes at once: at a second for each call, about what the quotas of a project let through. */
const AT_ONCE = 8

export interface CheckOptions {
  /** What the settings name; all is tried where they name none. */
  readonly content: readonly GcpContent[] | undefined
  readonly quotaProject: string | undefined
}

/** Asks for one resource of each content type in each scope, counts what there is, and changes nothing. */
export async function check(
  api: AssetApi,
  scopes: readonly GcpScope[],
  options: CheckOptions,
  target: Target,
  context: Context,
): Promise<Finding[]> {
  const wanted = wantedScopes(scopes, target.accounts)
  return (await inParallel(wanted, AT_ONCE, (scope) => checkScope(api, scope, options, context))).flat()
}

async function checkScope(api: AssetApi, scope: GcpScope, options: CheckOptions, context: Context): Promise<Finding[]> {
  const at = { scope: scope.id, region: 'global' } as const
  const list = (content: GcpContent) =>
    refusalOf(() => api.index({ parent: scope.parent, contentType: CONTENT_TYPES[content], pageSize: 1 }, context))
  const refusal = await list('resource')
  const steps = stepsOf(scope, options)
  if (refusal) return upTo(steps, refusal).map((finding) => ({ ...at, ...finding }))
  const findings = steps.map(({ check }) => ({ ...at, check, status: 'ok' as const }))
  const { content = CONTENTS } = options
  const tried = await Promise.all(
    content.map(async (one) => [one, one === 'resource' ? null : await list(one)] as const),
  )
  const given = tried.filter(([, refused]) => !refused).map(([one]) => one)
  const others = tried
    .filter(([one]) => one !== 'resource')
    .map(([one, refused]) => besideFinding(one, scope, refused, options))
  const counted = await searchFinding(api, scope, given, options, context)
  return [...findings, ...[...others, counted].map((finding) => ({ ...at, ...finding }))]
}

/** What one call needs, in the order in which Google looks at it. */
interface Step {
  readonly check: string
  /** Whether a refusal is about this step. */
  readonly isAbout: (refusal: ExtractionError) => boolean
  readonly advice: string
}

function stepsOf({ parent }: GcpScope, { quotaProject }: CheckOptions): Step[] {
  const project = quotaProject ?? 'QUOTA_PROJECT'
  return [
    {
      check: 'credentials',
      isAbout: ({ code }) => code.startsWith('CREDENTIALS_'),
      advice:
        'Give the workers credentials: gcp.credentials_file, GOOGLE_APPLICATION_CREDENTIALS or a service account; and name gcp.quota_project.',
    },
    {
      check: USE_SERVICES,
      isAbout: ({ nativeCode }) => nativeCode === REASON_USER_PROJECT,
      advice: `Grant roles/serviceusage.serviceUsageConsumer on projects/${project}.`,
    },
    {
      check: API,
      isAbout: ({ code }) => code === 'NOT_ENABLED',
      advice: `Enable the API: gcloud services enable ${API} --project=${project}`,
    },
    {
      check: LIST_RESOURCE,
      isAbout: ({ code }) => code === 'ACCESS_DENIED' || code === 'SCOPE_NOT_FOUND',
      advice: `Grant roles/cloudasset.viewer on ${parent}.`,
    },
  ]
}

/** The steps that were passed, and the one that was not; of those after it nothing is known. */
function upTo(steps: readonly Step[], refusal: ExtractionError): Omit<Finding, 'scope' | 'region'>[] {
  const n = steps.findIndex(({ isAbout }) => isAbout(refusal))
  const { message } = refusal
  if (n < 0) return [{ check: LIST_RESOURCE, tried: [], status: 'warning', message }]
  const { check, advice } = steps[n]!
  return [
    ...steps.slice(0, n).map((step) => ({ check: step.check, status: 'ok' as const })),
    { check, status: 'missing', message, advice },
  ]
}

function besideFinding(
  content: GcpContent,
  { parent }: GcpScope,
  refusal: ExtractionError | null,
  { content: named }: CheckOptions,
) {
  const isPolicy = content === 'iam_policy'
  const check = isPolicy ? LIST_IAM_POLICY : 'relationships'
  if (!refusal) return { check, ...(!isPolicy && { tried: [LIST_RESOURCE] }), status: 'ok' as const }
  const advice = isPolicy
    ? `Grant roles/cloudasset.viewer on ${parent}, or leave iam_policy out of gcp.content.`
    : named
      ? 'Activate Security Command Center Premium, or leave relationship out of gcp.content.'
      : 'Nothing: a run does without, and is complete. They need Security Command Center Premium.'
  const tried = isPolicy ? triedBy(refusal, check) : []
  return { check, tried, ...warning(refusal, advice) }
}

// What only failed may be given by the next call.
function warning(refusal: ExtractionError, advice: string) {
  return { status: 'warning' as const, message: refusal.message, ...(isRefused(refusal) && { advice }) }
}

async function searchFinding(
  api: AssetApi,
  scope: GcpScope,
  given: readonly GcpContent[],
  { content: named }: CheckOptions,
  context: Context,
) {
  const check = SEARCH_RESOURCES
  try {
    const { estimate, isWhole } = await estimateOf(api, scope, given, named ? 0 : 1, context)
    const message = isWhole
      ? {}
      : { message: `there are more than ${estimate.resources} resources: counting ended there` }
    return { check, status: 'ok' as const, ...message, estimate }
  } catch (thrown) {
    if (!(thrown instanceof ExtractionError)) throw thrown
    const advice = `Grant roles/cloudasset.viewer on ${scope.parent}: without it nothing is counted, so a lost page cannot be noticed.`
    return { check, tried: triedBy(thrown, check), ...warning(thrown, advice) }
  }
}

/** What is refused for another reason says nothing of the right. */
function triedBy({ code }: ExtractionError, action: string): readonly string[] {
  return code === 'ACCESS_DENIED' ? [action] : []
}

// The signal's reason is no refusal.
async function refusalOf(call: () => Promise<unknown>): Promise<ExtractionError | null> {
  try {
    await call()
    return null
  } catch (thrown) {
    if (thrown instanceof ExtractionError) return thrown
    throw thrown
  }
}
