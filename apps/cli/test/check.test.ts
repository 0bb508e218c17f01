import type { DestinationCheck, PreflightDetail, ProviderCheck } from '../src/api/views.ts'
import type { CheckGroup } from '@cae/runtime'
import { expect } from 'chai'
import { stripVTControlCharacters } from 'node:util'
import { checkScreen } from '../src/check/screen.ts'
import { capture } from './support/host.ts'

const ACCOUNTS = Array.from({ length: 200 }, (_, n) => String(100_000_000_000 + n))
const REGIONS = ['us-east-1', 'us-west-2', 'eu-west-1', 'eu-central-1', 'ap-south-1']
const everywhere = ACCOUNTS.map((scope) => ({ scope, regions: REGIONS }))
const [first, ...others] = everywhere
const elsewhere = [{ scope: first!.scope, regions: REGIONS.slice(1) }, ...others]
const there = [{ scope: first!.scope, regions: [REGIONS[0]!] }]

const AWS: ProviderCheck = {
  status: 'done',
  message: null,
  calls: 2000,
  ready: true,
  checks: [
    { check: 'credentials', status: 'ok', places: ACCOUNTS.map((scope) => ({ scope, regions: ['global'] })) },
    { check: 'recorder', status: 'ok', places: everywhere },
    { check: 'config:SelectResourceConfig', status: 'ok', places: everywhere },
  ],
  untried: ['organizations:ListAccounts'],
  estimate: {
    resources: 1_000_000,
    calls: 12_400,
    seconds: 1260,
    decided_by: 'aws.config.select',
    at_least: false,
    limits: [{ name: 'aws.config.select', calls: 12_400, busiest: 8064, rate_per_second: 6.4, seconds: 1260 }],
  },
}

const MISSING: ProviderCheck = {
  ...AWS,
  ready: false,
  checks: [
    AWS.checks[0]!,
    { check: 'recorder', status: 'ok', places: elsewhere },
    {
      check: 'recorder',
      status: 'missing',
      message: 'AWS Config is off',
      advice: 'Turn the recorder on.',
      places: there,
    },
    { check: 'config:SelectResourceConfig', status: 'ok', places: elsewhere },
    { check: 'config:SelectResourceConfig', status: 'warning', message: 'throttled', places: there },
  ],
  estimate: { ...AWS.estimate!, at_least: true },
}

const DESTINATION: DestinationCheck = {
  status: 'done',
  message: null,
  ready: true,
  transport: 'filesystem',
  tried: 'files in /data: one was written, synced and removed',
  code: null,
  advice: null,
}

const preflight = (aws: ProviderCheck, more: Partial<PreflightDetail> = {}): PreflightDetail => ({
  preflight_id: '1m83f92y7z87at9nkp',
  status: 'complete',
  ready: aws.ready,
  request: { providers: ['aws'], batch_size: 500 },
  providers: { aws },
  destination: DESTINATION,
  ...more,
})
const plain = (detail: PreflightDetail) => checkScreen(detail, capture().terminal).join('\n')

describe('the screen of `cae check`', () => {
  it('shows thousands of places that are all right in one row, and checks that came out the same in one column', () => {
    expect(plain(preflight(AWS))).to.equal(
      [
        'AWS    ready',
        '  Where                          credentials  recorder +1',
        '  1,000 regions of 200 accounts  –            ✔',
        '  200 accounts                   ✔            –',
        '  recorder +1: recorder, config:SelectResourceConfig',
        '  – is not asked there',
        '· Not tried  1 permission, which the settings do not need, or for what is missing:',
        '             organizations:ListAccounts',
        '· Full run   12,400 calls, 1,000,000 resources: about 21 min 0 s',
        '             aws.config.select decides: 8,064 calls at 6.4/s',
        '',
        '✔ Destination  files in /data: one was written, synced and removed',
        '✔ Ready: nothing is missing',
      ].join('\n'),
    )
  })

  it('shows what is missing first, why, and what to do', () => {
    const text = plain(preflight(MISSING))
    expect(text).to.match(/^AWS {4}1 missing, 1 warning\n/)
    expect(text).to.match(
      /Where +credentials +recorder +SelectResourceC…\n +100000000000 us-east-1 +– +✘ +!\n +999 regions of 200 accounts +– +✔ +✔\n/,
    )
    expect(text).to.include('✘ recorder: 100000000000 us-east-1\n  AWS Config is off\n  → Turn the recorder on.\n')
    expect(text).to.include('! config:SelectResourceConfig: 100000000000 us-east-1\n  throttled\n')
    expect(text).to.include('at least 21 min 0 s')
    expect(text).to.include('✘ Not ready: AWS (something is missing)')
  })

  it('never shows what was not checked as all right', () => {
    const unknown = { ...AWS, ready: false, checks: [], untried: [], estimate: null }
    expect(plain(preflight(unknown))).to.match(
      /^AWS {4}nothing was checked: unknown, not ready\n\n✔ Destination .*\n✘ Not ready: AWS \(nothing was checked\)$/,
    )
    const lost: ProviderCheck = { ...unknown, status: 'lost', message: 'the worker is gone' }
    expect(plain(preflight(lost, { status: 'incomplete' }))).to.match(
      /^AWS {4}not checked: the worker is gone\n\n✔ Destination .*\n✘ Not ready: AWS \(not checked\)$/,
    )
  })

  it('says in one line what is wrong with the destination and what to do, and is not ready', () => {
    const shown = (destination: Partial<DestinationCheck>) =>
      plain(
        preflight(AWS, { ready: false, destination: { ...DESTINATION, ready: false, tried: null, ...destination } }),
      )
    expect(shown({ transport: 'http', message: 'x:9 did not answer (ECONNREFUSED)', advice: 'Look there.' })).to.match(
      /\n\n✘ Destination {2}x:9 did not answer \(ECONNREFUSED\) → Look there\.\n✘ Not ready: the destination$/,
    )
    expect(shown({ status: 'lost', message: 'the worker is gone', transport: null })).to.match(
      /\n✘ Destination {2}not checked: the worker is gone\n✘ Not ready: the destination$/,
    )
    const nothing = { ...DESTINATION, transport: 'console', tried: null }
    expect(plain(preflight(AWS, { destination: nothing }))).to.match(
      /\n✔ Destination {2}console: nothing to try\n✔ Ready: nothing is missing$/,
    )
  })

  it('names a permission once that was tried on many things', () => {
    const tables = Array.from({ length: 18 }, (_, n): CheckGroup => ({
      check: `Graph/read table${n}`,
      status: n === 7 ? 'missing' : 'ok',
      places: there,
    }))
    const text = plain(preflight({ ...AWS, ready: false, checks: tables }))
    expect(text).to.match(/Where +17 permissions +table7\n/)
    expect(text).to.include('  17 permissions: Graph/read (17 things)\n')
  })

  const refusal = (check: string, status: CheckGroup['status'] = 'missing', regions = REGIONS): CheckGroup => ({
    check,
    status,
    message: `User arn:aws:sts::{scope}:reader may not ${check}`,
    advice: `allow ${check} in the policy of the role that reads {scope}`,
    places: [{ scope: first!.scope, regions }],
  })

  it('shows what one refusal made fail in one place once, with the names of places filled in', () => {
    const recorder = { ...refusal('config:Recorders', 'warning'), check: 'recorder', advice: 'start a recorder' }
    const checks = [
      refusal('config:Recorders'),
      refusal('account:ListRegions', 'missing', ['global']),
      refusal('tag:GetResources', 'warning'),
      recorder,
    ]
    const text = plain(preflight({ ...AWS, ready: false, checks }))
    expect(text).to.match(/^AWS {4}2 missing, 2 warnings\n/)
    expect(text.match(/^[✘!] .*$/gm)).to.deep.equal([
      '✘ 4 checks: 5 regions of 100000000000',
      '✘ Not ready: AWS (something is missing)',
    ])
    expect(text).to.include(
      [
        '  config:Recorders, account:ListRegions',
        '  a run can do without: tag:GetResources, recorder',
        '  User arn:aws:sts::100000000000:reader may not config:Recorders',
        '  → allow them in the policy of the role that reads 100000000000',
        '  → docs/permissions.md has the policies and roles to paste',
      ].join('\n'),
    )
  })

  it('points to the policies where a permission is missing, and not where a state is', () => {
    const states = [
      'recorder',
      'aggregator all-of-us',
      'Microsoft.ResourceGraph registration',
      'cloudasset.googleapis.com',
    ]
    const permissions = ['config:Recorders', '*/read', 'Graph/read resources', 'cloudasset.assets.listResource']
    const text = (check: string) => plain(preflight({ ...AWS, checks: [refusal(check), refusal('tag:GetResources')] }))
    for (const check of states) expect(text(check), check).to.not.include('docs/permissions.md')
    for (const check of permissions) expect(text(check), check).to.include('docs/permissions.md')
  })

  it('names a column after the state among its checks', () => {
    const at = (check: string): CheckGroup => ({ check, status: 'ok', places: there })
    const text = (check: string) => plain(preflight({ ...AWS, checks: [at('*/read'), at(check)] }))
    expect(text('Microsoft.ResourceGraph registration')).to.match(/^ +Where +registration \+1$/m)
    expect(text('tag:GetResources')).to.match(/^ +Where +2 permissions$/m)
  })

  it('keeps apart what other accounts or other words say', () => {
    const elsewhere = { ...refusal('config:Recorders'), places: others.slice(0, 2) }
    const other = { ...refusal('tag:GetResources'), message: 'throttled' }
    const text = plain(preflight({ ...AWS, ready: false, checks: [refusal('config:Recorders'), elsewhere, other] }))
    expect(text.match(/^✘ \w+:\w+: .*$/gm)).to.deep.equal([
      '✘ config:Recorders: 5 regions of 100000000000',
      '✘ config:Recorders: 10 regions of 2 accounts',
      '✘ tag:GetResources: 5 regions of 100000000000',
    ])
    expect(text).to.include('the role that reads ACCOUNT')
  })

  it('tells a tenant from its subscriptions, and a narrowed run from a full one', () => {
    const id = (end: number) => `3d0ee2ea-66f3-4e17-80ad-00000000000${end}`
    const at = (check: string, end: number): CheckGroup => ({
      check,
      status: 'ok',
      places: [{ scope: id(end), regions: ['global'] }],
    })
    const azure = { ...AWS, checks: [at('credentials', 1), at('*/read', 2)] }
    const request = { providers: ['azure' as const], regions: ['westeurope'], batch_size: 500 }
    const text = plain(preflight(azure, { request, providers: { azure } }))
    expect(text)
      .to.include(`  tenant ${id(1)}`)
      .and.match(new RegExp(`^ {2}${id(2)} `, 'm'))
    expect(text).to.include('· This run   ').and.not.include('Full run')
  })

  it('says of a short run that quotas do not decide alone', () => {
    const estimate = { ...AWS.estimate!, seconds: 1.7 }
    expect(plain(preflight({ ...AWS, estimate }))).to.include('1,000,000 resources: 1.7 s of quota, and what')
  })

  it('fits 80 columns in a terminal, with a rule and colour there and neither in a pipe', () => {
    const long = {
      ...MISSING,
      checks: [
        ...MISSING.checks.map((group) => ({ ...group, advice: 'a sentence of many words '.repeat(12).trim() })),
        ...[1, 2, 3].map((n) => refusal(`config:WithANameThatIsLong${n}`, 'missing', REGIONS.slice(n))),
      ],
      untried: ACCOUNTS.slice(0, 30).map((n) => `service:Action${n}`),
    }
    const lines = checkScreen(preflight(long), capture({ interactive: true }).terminal)
    expect(Math.max(...lines.map((line) => stripVTControlCharacters(line).length))).to.be.at.most(80)
    expect(lines.join('\n')).to.include('\u001b[').and.include('──────')
    expect(plain(preflight(long)))
      .to.not.include('\u001b')
      .and.not.include('──')
  })
})
