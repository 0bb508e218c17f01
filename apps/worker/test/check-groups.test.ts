import type { Finding } from '@cae/core'
import { expect } from 'chai'
import { groupFindings } from '../src/check-groups.ts'

const ok = (scope: string, region: string): Finding => ({ scope, region, check: 'recorder', status: 'ok' })

describe('findings in groups', () => {
  it('are one for each check and result, with all its places', () => {
    const findings = ['1', '2'].flatMap((scope) => ['us-east-1', 'eu-west-1'].map((region) => ok(scope, region)))
    expect(groupFindings(findings)).to.deep.equal([
      {
        check: 'recorder',
        status: 'ok',
        places: [
          { scope: '1', regions: ['us-east-1', 'eu-west-1'] },
          { scope: '2', regions: ['us-east-1', 'eu-west-1'] },
        ],
      },
    ])
  })

  it('are one also where their words name the place, and keep the words where there is only one', () => {
    const missing = (scope: string, region: string): Finding => ({
      scope,
      region,
      check: 'recorder',
      status: 'missing',
      message: `no recorder in ${scope} ${region}, says 1234`,
      advice: `aws configservice --region ${region} …`,
    })
    const [group, ...more] = groupFindings([missing('123', 'us-east-1'), missing('124', 'eu-west-1')])
    expect(more).to.deep.equal([])
    expect(group).to.include({
      message: 'no recorder in {scope} {region}, says 1234',
      advice: 'aws configservice --region {region} …',
    })
    expect(groupFindings([missing('123', 'us-east-1')])[0]!.message).to.equal('no recorder in 123 us-east-1, says 1234')
  })

  it('are apart where they say different things, the checks in the order in which they came', () => {
    const findings: Finding[] = [
      { ...ok('1', 'global'), check: 'credentials' },
      ok('1', 'us-east-1'),
      { ...ok('2', 'global'), check: 'credentials', status: 'missing', message: 'expired' },
      { ...ok('3', 'global'), check: 'credentials', status: 'missing', message: 'unknown' },
    ]
    expect(groupFindings(findings).map(({ check, status, message }) => [check, status, message])).to.deep.equal([
      ['credentials', 'ok', undefined],
      ['credentials', 'missing', 'expired'],
      ['credentials', 'missing', 'unknown'],
      ['recorder', 'ok', undefined],
    ])
  })

  it('lose none of 2,000 places, and none of what was found there', () => {
    const findings = Array.from({ length: 200 }, (_, n) => String(n)).flatMap((scope) =>
      Array.from({ length: 10 }, (_, n): Finding => ({
        ...ok(scope, `r-${n}`),
        ...(scope === '7' && n === 3 && { status: 'missing' as const, message: `denied in ${scope} r-${n}` }),
      })),
    )
    const groups = groupFindings(findings)
    expect(groups).to.have.length(2)
    const places = groups.flatMap((group) => group.places.flatMap(({ regions }) => regions))
    expect(places).to.have.length(2000)
    expect(groups.find(({ status }) => status === 'missing')).to.deep.include({
      message: 'denied in 7 r-3',
      places: [{ scope: '7', regions: ['r-3'] }],
    })
  })
})
