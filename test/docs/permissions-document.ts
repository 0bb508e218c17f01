import type { Permission } from '@cae/core'
import { awsProvider } from '@cae/provider-aws'
import { azureProvider } from '@cae/provider-azure'
import { gcpProvider } from '@cae/provider-gcp'

export interface DeclaredPermissions {
  readonly aws: readonly Permission[]
  readonly azure: readonly Permission[]
  readonly gcp: readonly Permission[]
}

/** What the providers declare. */
export function declaredPermissions(): DeclaredPermissions {
  return {
    aws: awsProvider({ accounts: [] }).permissions,
    azure: azureProvider({ accounts: [] }).permissions,
    gcp: gcpProvider({ projects: [] }).permissions,
  }
}

const HEAD = `# Permissions

What the identity of the workers must be allowed to do. The page is written from what the providers declare
(\`node scripts/run.mjs scripts/write-permissions-doc.ts\`), and a test keeps it so. Nothing here lets anybody change anything.

\`npx cae check\` tries them on the accounts of the settings and says which of them is missing where, and what to grant.
Without an optional one, a run reads what the others allow, and says what it could not see.
`

/** docs/permissions.md, as it must be. */
export function permissionsDocument({ aws, azure, gcp }: DeclaredPermissions): string {
  return `${[HEAD, ...awsSection(aws), ...azureSection(azure), ...gcpSection(gcp)].join('\n').trimEnd()}\n`
}

type Holder = 'reader' | 'management' | 'workers'

// Who calls it: the role in each account, the one that lists the accounts, or the identity that the workers start with.
function holderOf({ action }: Permission): Holder {
  if (action.startsWith('organizations:')) return 'management'
  return action.startsWith('sts:') ? 'workers' : 'reader'
}

function awsSection(all: readonly Permission[]): string[] {
  const of = (holder: Holder) => all.filter((permission) => holderOf(permission) === holder)
  const assume: Permission = { action: 'sts:AssumeRole', purpose: 'Gets into the accounts.' }
  return [
    '## AWS',
    '',
    ...tableOf(all),
    'The policy of the role in each account (`role_arn` of an account, `role_name` of an organization), and of the one in the',
    'account of an aggregator:',
    '',
    ...json(policy(of('reader'), '*')),
    'Its trust policy, with the identity of the workers, and an external id where the settings have one:',
    '',
    ...json({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: 'arn:aws:iam::111111111111:role/cae-worker' },
          Action: 'sts:AssumeRole',
          Condition: { StringEquals: { 'sts:ExternalId': 'EXTERNAL_ID' } },
        },
      ],
    }),
    'The policy of the identity of the workers, with the name of your role:',
    '',
    ...json(policy([assume], 'arn:aws:iam::*:role/cae-reader')),
    ...whereAny(of('management'), (permissions) => [
      'Where accounts come from AWS Organizations, the policy of `aws.organization.management_role_arn`, or of the workers:',
      '',
      ...json(policy(permissions, '*')),
    ]),
  ]
}

function policy(permissions: readonly Permission[], resource: string) {
  const statement = (sid: string, actions: readonly Permission[]) =>
    whereAny(actions, (some) => [{ Sid: sid, Effect: 'Allow', Action: namesOf(some), Resource: resource }])
  return {
    Version: '2012-10-17',
    Statement: [
      ...statement(
        'Required',
        permissions.filter(({ optional }) => !optional),
      ),
      ...statement(
        'Optional',
        permissions.filter(({ optional }) => optional),
      ),
    ],
  }
}

function azureSection(all: readonly Permission[]): string[] {
  return [
    '## Azure',
    '',
    ...tableOf(all),
    'The built-in role `Reader` has them all. Assign it to the service principal or managed identity of the workers, on each',
    'subscription, or once on the management group above them; new subscriptions are then read without further ado:',
    '',
    ...text([
      'az role assignment create --assignee PRINCIPAL_ID --role Reader \\',
      '  --scope /providers/Microsoft.Management/managementGroups/GROUP',
      'az role assignment create --assignee PRINCIPAL_ID --role Reader --scope /subscriptions/SUBSCRIPTION_ID',
    ]),
    'Resource Graph shows what the identity may read and leaves out the rest without a word, so a role that reads less shows',
    'less. As a custom role:',
    '',
    ...json({
      Name: 'Cloud Artifact Extractor',
      IsCustom: true,
      Description: 'Reads every resource and changes none.',
      Actions: withoutCovered(namesOf(all)),
      NotActions: [],
      AssignableScopes: ['/providers/Microsoft.Management/managementGroups/GROUP'],
    }),
  ]
}

// `*/read` covers all other reading.
function withoutCovered(actions: readonly string[]): string[] {
  return actions.includes('*/read')
    ? actions.filter((action) => action === '*/read' || !action.endsWith('/read'))
    : [...actions]
}

// Asked of the project that calls are counted against, not of those that are read.
const isOfQuotaProject = ({ action }: Permission) => action.startsWith('serviceusage.')

function gcpSection(all: readonly Permission[]): string[] {
  const readers = all.filter((permission) => !isOfQuotaProject(permission))
  const users = all.filter(isOfQuotaProject)
  return [
    '## Google Cloud',
    '',
    ...tableOf(all),
    'The predefined roles `roles/cloudasset.viewer`, on the organization, folder or project that is read, and',
    '`roles/serviceusage.serviceUsageConsumer`, on the quota project, have the required ones. The Cloud Asset API',
    '(`cloudasset.googleapis.com`) must be enabled in the quota project.',
    '',
    ...text([
      'gcloud services enable cloudasset.googleapis.com --project QUOTA_PROJECT',
      'gcloud organizations add-iam-policy-binding ORGANIZATION_ID \\',
      '  --member serviceAccount:SERVICE_ACCOUNT --role roles/cloudasset.viewer',
      'gcloud projects add-iam-policy-binding QUOTA_PROJECT \\',
      '  --member serviceAccount:SERVICE_ACCOUNT --role roles/serviceusage.serviceUsageConsumer',
    ]),
    'Or custom roles with no more than what is called (`gcloud iam roles create NAME --organization ORGANIZATION_ID --file FILE`),',
    'for what is read:',
    '',
    ...json(role('Cloud Artifact Extractor: reader', readers)),
    ...whereAny(users, (permissions) => [
      'and for the quota project:',
      '',
      ...json(role('Cloud Artifact Extractor: quota', permissions)),
    ]),
  ]
}

function role(title: string, permissions: readonly Permission[]) {
  return { title, stage: 'GA', includedPermissions: namesOf(permissions) }
}

function tableOf(permissions: readonly Permission[]): string[] {
  if (permissions.length === 0) return []
  const rows = permissions.map(
    ({ action, purpose, optional }) => `| \`${action}\` | ${optional ? 'optional' : 'required'} | ${purpose} |`,
  )
  return ['| permission | | needed for |', '| --- | --- | --- |', ...rows, '']
}

function namesOf(permissions: readonly Permission[]): string[] {
  return [...new Set(permissions.map(({ action }) => action))].toSorted()
}

function json(value: object): string[] {
  return ['```json', JSON.stringify(value, null, 2), '```', '']
}

// Not `sh`: these are run by whoever owns the clouds, not by our tests.
function text(lines: readonly string[]): string[] {
  return ['```text', ...lines, '```', '']
}

function whereAny<T, R>(all: readonly T[], then: (all: readonly T[]) => R[]): R[] {
  return all.length > 0 ? then(all) : []
}
