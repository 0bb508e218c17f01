import { expect } from 'chai'
import { describe, it } from 'mocha'
import { requestText } from '../src/text/request-text.ts'

describe('a request as text', () => {
  it('names what it is narrowed to', () => {
    expect(requestText({ providers: ['aws', 'gcp'], batch_size: 1 })).to.equal('AWS, GCP: everything')
    const request = {
      providers: ['aws' as const],
      accounts: ['1', '2', '3', '4', '5', '6', '7'],
      services: ['ec2', 's3'],
      filters: { labels: { env: ['prod', 'test'], team: '*' }, resource_types: ['aws:ec2:*'] },
      batch_size: 1,
    }
    expect(requestText(request)).to.equal(
      'AWS: accounts 1, 2, 3, 4, 5 and 2 more; services ec2, s3; types filtered to aws:ec2:*; label env=prod|test; label team=*',
    )
  })
})
