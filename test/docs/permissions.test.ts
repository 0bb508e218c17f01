import type { Permission } from '@cae/core'
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { declaredPermissions, permissionsDocument } from './permissions-document.ts'
import { fencedBlocks, section } from './markdown.ts'

const permission = (action: string, optional?: true): Permission => ({
  action,
  purpose: `Does ${action}.`,
  ...(optional && { optional }),
})

describe('docs/permissions.md', () => {
  it('says exactly what the providers declare', () => {
    const written = readFileSync(new URL('../../docs/permissions.md', import.meta.url), 'utf8')
    expect(written, 'node scripts/run.mjs scripts/write-permissions-doc.ts').to.equal(
      permissionsDocument(declaredPermissions()),
    )
  })

  const document = permissionsDocument({
    aws: [
      permission('config:SelectResourceConfig'),
      permission('tag:GetResources', true),
      permission('organizations:ListAccounts', true),
      permission('sts:AssumeRole'),
    ],
    azure: [permission('*/read')],
    gcp: [permission('cloudasset.assets.listResource'), permission('serviceusage.services.use')],
  })
  const blocks = (heading: string) =>
    fencedBlocks(section(document, heading))
      .filter(({ language }) => language === 'json')
      .map(({ text }) => JSON.parse(text) as Record<string, unknown>)
  const allowed = (policy: Record<string, unknown> | undefined) =>
    (policy!['Statement'] as { Action: unknown }[]).flatMap(({ Action }) => Action)

  it('gives each identity of AWS a policy with what it calls, and nothing else', () => {
    const [reader, trust, workers, management] = blocks('AWS')
    expect(allowed(reader)).to.deep.equal(['config:SelectResourceConfig', 'tag:GetResources'])
    expect(allowed(trust)).to.deep.equal(['sts:AssumeRole'])
    expect(allowed(workers)).to.deep.equal(['sts:AssumeRole'])
    expect(allowed(management)).to.deep.equal(['organizations:ListAccounts'])
  })

  it('gives roles of Azure and Google Cloud with what is called', () => {
    expect(blocks('Azure')[0]!['Actions']).to.deep.equal(['*/read'])
    expect(blocks('Google Cloud').map((role) => role['includedPermissions'])).to.deep.equal([
      ['cloudasset.assets.listResource'],
      ['serviceusage.services.use'],
    ])
  })

  it('tells what each is for, and whether a run can do without it', () => {
    expect(document).to.include('| `config:SelectResourceConfig` | required | Does config:SelectResourceConfig. |')
    expect(document).to.include('| `tag:GetResources` | optional | Does tag:GetResources. |')
  })
})
