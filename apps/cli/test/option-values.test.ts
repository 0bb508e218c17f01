import { expect } from 'chai'
import { InvalidArgumentError } from 'commander'
import { describe, it } from 'mocha'
import { label, list, providers, url, wholeNumber } from '../src/commands/option-values.ts'

describe('option values', () => {
  it('takes whole numbers between the bounds, also with separators', () => {
    expect(['1', '64', '1_0', '1,0'].map(wholeNumber(1, 64))).to.deep.equal([1, 64, 10, 10])
  })

  for (const text of ['', ' ', '0', '65', '1.5', 'x', 'Infinity', '-1']) {
    it(`refuses ${JSON.stringify(text)} as a number from 1 to 64`, () => {
      expect(() => wholeNumber(1, 64)(text)).to.throw(InvalidArgumentError, 'from 1 to 64')
    })
  }

  it('joins comma lists and repeated options', () => {
    expect(list('c , d', list('a,b'))).to.deep.equal(['a', 'b', 'c', 'd'])
    expect(() => list('a,,b')).to.throw(InvalidArgumentError)
  })

  it('takes names of providers in any letter case, and no others', () => {
    expect(providers('AWS,gcp')).to.deep.equal(['aws', 'gcp'])
    expect(() => providers('oracle')).to.throw(InvalidArgumentError, 'aws, azure, gcp')
  })

  it('takes labels of different names together and values of one name as alternatives', () => {
    expect(label('team=core', label('env=dev', label('env=prod')))).to.deep.equal({
      env: ['prod', 'dev'],
      team: 'core',
    })
    expect(label('expression=a=b')).to.deep.equal({ expression: 'a=b' })
    for (const bad of ['env', '=prod', '']) expect(() => label(bad)).to.throw(InvalidArgumentError, 'NAME=VALUE')
  })

  it('takes http and https URLs and nothing else', () => {
    expect(url('https://cae.example.com/')).to.equal('https://cae.example.com/')
    for (const bad of ['localhost:8000', 'ftp://x', 'http://']) expect(() => url(bad)).to.throw(InvalidArgumentError)
  })
})
