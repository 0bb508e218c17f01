import { expect } from 'chai'
import { loadSettings } from '@cae/runtime'
import { parseRequest } from '../src/parse-request.ts'

const settings = loadSettings({
  AWS_ACCOUNTS: '[{"account_id":"123456789012","regions":["us-east-1"]}]',
  AZURE_ACCOUNTS: '[{"subscription_id":"11111111-2222-3333-4444-555555555555"}]',
  GCP_PROJECTS: '[{"project_id":"my-project"}]',
})
const services = (names: string) => parseRequest({ services: names }, undefined, settings)

describe('the services of a request', () => {
  it('mean every cloud that has one of that name', () => {
    expect(services('storage')).to.deep.include({ services: ['storage'], providers: ['azure', 'gcp'] })
  })

  it('mean one cloud where an alias belongs to it, although another has a service of that name', () => {
    expect(services('gcs,aks')).to.deep.include({
      services: ['containerservice', 'gcp:storage'],
      providers: ['azure', 'gcp'],
    })
  })

  it('mean one cloud where they say which', () => {
    expect(services('azure:storage,ec2')).to.deep.include({
      services: ['azure:storage', 'ec2'],
      providers: ['aws', 'azure'],
    })
  })
})
