import type { ResourceType } from '../resource-type.ts'
import { oneOf, type Tree } from '../template.ts'

/** What a Google Cloud type says of itself. */
export interface GcpType {
  readonly alias: string
  /** Such as `compute.googleapis.com/Instance`. */
  readonly name: string
  readonly weight: number
  readonly base?: boolean
  readonly single?: boolean
  readonly resourceName: string
  /** The full resource name without `//service/`; `projects/{{scope}}/` where it does not start with a slash. */
  readonly path: string
  readonly location: string
  readonly version?: string
  readonly parent?: string
  /** More parts that others refer to. */
  readonly parts?: Readonly<Record<string, string>>
  readonly data: Tree
}

export const PROJECT = '//cloudresourcemanager.googleapis.com/projects/{{number}}'
export const REGION = '{{pick us-central1|us-east1|europe-west1|europe-west4|asia-southeast1 region}}'
export const ZONE = '{{region}}-{{pick a|b|c zone}}'

// Labels have lower-case letters, digits, dashes and letters of other scripts, no spaces.
const LABEL_SETS: readonly Readonly<Record<string, string>>[] = [
  {},
  { env: '{{env}}', team: '{{team}}' },
  { env: '{{env}}', app: '{{app}}', 'managed-by': 'terraform' },
  { app: '{{app}}', component: '{{role}}', 'cost-center': 'cc-{{int 1000 9999 cc}}', team: '{{team}}', env: '{{env}}' },
  { größe: 'groß', 所有者: '平台团队', env: '{{env}}' },
  { goog_terraform_provisioned: 'true', empty: '' },
  {
    application: '{{app}}-{{role}}',
    'business-owner': '{{team}}-lead',
    'cost-center': 'cc-{{int 1000 9999 cc}}',
    environment: '{{env}}',
    'data-classification': '{{pick public|internal|confidential}}',
    'created-by': 'terraform',
    'support-level': '{{pick gold|silver|bronze}}',
    'backup-plan': '{{pick daily|weekly|none}}',
  },
]

export const LABELS = oneOf(LABEL_SETS, 'labels')

/** What is asked of a project, which says little else of itself. */
export const PROJECT_LABELS: Tree = {
  application: '{{app}}-{{role}}',
  environment: '{{env}}',
  'cost-center': 'cc-{{int 1000 9999 cc}}',
  'business-owner': '{{team}}-lead',
  'technical-owner': '{{team}}-oncall',
  'data-classification': '{{pick public|internal|confidential}}',
  'created-by': 'terraform',
  repository: '{{team}}-{{app}}-infrastructure',
  'change-ticket': 'chg{{int 1000000 9999999 ticket}}',
  'billing-code': 'b-{{int 10000 99999 billing}}',
  'support-level': '{{pick gold|silver|bronze}}',
  'backup-plan': '{{pick daily|weekly|none}}',
  'recovery-time-objective': '{{pick 1h|4h|24h}}',
  'firebase-enabled': 'false',
  größe: 'groß',
}

/** What IAM_POLICY gives for a resource that has one. */
export const POLICY = {
  version: 1,
  etag: 'BwX{{hex 8 etag}}',
  bindings: ['viewer', 'editor', 'iam.securityReviewer'].map((role) => ({
    role: `roles/${role}`,
    members: ['group:{{team}}@example.com', 'serviceAccount:{{app}}@{{scope}}.iam.gserviceaccount.com'],
  })),
}

export const CONDITION = { expression: 'request.time < timestamp("2027-01-01T00:00:00Z")', title: 'until 2027' }

export function gcpType(type: GcpType): ResourceType {
  const { alias, name, weight, base, single, resourceName, location } = type
  const [service, kind] = name.split('/') as [string, string]
  const path = type.path.startsWith('/') ? type.path.slice(1) : `projects/{{scope}}/${type.path}`
  const version = type.version ?? 'v1'
  const api = service.split('.')[0]
  return {
    alias,
    name,
    weight,
    ...(base && { base }),
    ...(single && { single }),
    parts: {
      region: REGION,
      zone: ZONE,
      ...type.parts,
      name: resourceName,
      path,
      fullName: `//${service}/${path}`,
      self: `https://www.googleapis.com/${api}/${version}/${path}`,
      location,
    },
    columns: {
      version,
      discoveryDocumentUri: `https://www.googleapis.com/discovery/v1/apis/${api}/${version}/rest`,
      discoveryName: kind,
      parent: type.parent ?? PROJECT,
      location,
      data: type.data,
    },
  }
}
