import type { Finding } from '@cae/core'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { untried } from '../src/untried.ts'

describe('what a preflight did not try', () => {
  const permissions = ['a:List', 'a:Get', 'a:GetAll'].map((action) => ({ action, purpose: 'To read.' }))
  const finding = (check: string, tried?: readonly string[]): Finding => {
    return { scope: '1', region: 'global', check, status: 'ok', ...(tried && { tried }) }
  }
  const of = (...findings: readonly Finding[]) => untried(permissions, findings)

  it('is every action that no finding is about', () => {
    expect(of()).to.deep.equal(['a:List', 'a:Get', 'a:GetAll'])
    expect(of(finding('a:Get'), finding('recorder'))).to.deep.equal(['a:List', 'a:GetAll'])
  })

  it('is no action that a finding of another name tried', () => {
    expect(of(finding('index', ['a:List', 'a:GetAll']), finding('a:Get of all'))).to.deep.equal(['a:Get'])
  })

  it('is an action whose try told nothing', () => {
    expect(of(finding('a:List', []), finding('a:Get'), finding('a:GetAll'))).to.deep.equal(['a:List'])
    expect(of(finding('a:List', []), finding('a:List'), finding('a:Get'), finding('a:GetAll'))).to.deep.equal([])
  })
})
