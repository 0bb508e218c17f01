import { testContext } from '@cae/core/testing'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { expressionsFor } from '../src/expression.ts'
import { awsProvider } from '../src/index.ts'
import { services } from '@cae/catalogue'

const asOf = '2026-11-01T00:00:00.000Z'
const provider = awsProvider({
  accounts: [
    { account_id: '111111111111', regions: ['us-east-1', 'eu-west-1'] },
    { account_id: '222222222222', regions: ['us-east-1'] },
  ],
})
const plan = async (target = {}) => (await provider.plan({ asOf, ...target }, testContext())).slices
const places = async (target = {}) => (await plan(target)).map(({ scope, region }) => `${scope} ${region}`)

describe('AWS plan', () => {
  it('has a slice for each account and region of the settings', async () => {
    expect(await places()).to.deep.equal(['111111111111 us-east-1', '111111111111 eu-west-1', '222222222222 us-east-1'])
    expect((await plan())[0]).to.include({ partition: 'all' })
  })

  it('keeps to the accounts and regions asked for, whichever cloud the others are of', async () => {
    expect(await places({ accounts: ['222222222222', 'my-project'] })).to.deep.equal(['222222222222 us-east-1'])
    expect(await places({ regions: ['EU-WEST-1', 'westeurope'] })).to.deep.equal(['111111111111 eu-west-1'])
  })

  it('names the services asked for in partition and query', async () => {
    const [slice] = await plan({ services: ['S3', 'ec2', 'storage'] })
    expect(slice).to.deep.include({ partition: 's3-ec2', query: { services: ['s3', 'ec2'] } })
  })

  it('has nothing to do for services of other clouds', async () => {
    expect(await plan({ services: ['storage'] })).to.deep.equal([])
  })

  it('gives no slice credentials', async () => {
    expect(JSON.stringify(await plan())).to.not.match(/role|external|secret|key/i)
  })
})

describe('AWS expressions', () => {
  it('ask for the columns by name and count the same rows', () => {
    const { select, count } = expressionsFor(['ec2', 's3'])
    expect(select).to.match(
      /^SELECT resourceId, .*, configuration, supplementaryConfiguration, tags, relationships WHERE /,
    )
    expect(select).to.match(/ WHERE resourceType LIKE 'AWS::(EC2|S3)::%' OR resourceType LIKE 'AWS::(EC2|S3)::%'$/)
    expect(count.replace('COUNT(*)', '')).to.equal(`SELECT ${select.slice(select.indexOf(' WHERE'))}`)
  })

  it('have no condition where none is asked for', () => {
    expect(expressionsFor(undefined).count).to.equal('SELECT COUNT(*)')
  })

  it('read everything rather than exceed what AWS accepts', () => {
    const { select, count } = expressionsFor(services('aws'))
    expect(select.length).to.be.at.most(4096)
    expect(`${select} ${count}`).to.not.include('WHERE')
  })
})
