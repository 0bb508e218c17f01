import { expect } from 'chai'
import { describe, it } from 'mocha'
import { everyPage } from '../src/client/every-page.ts'
import { failure } from './over-the-wire.ts'

describe('A listing that is read whole', () => {
  it('may be as long as the sources of the largest aggregator: 10,000 accounts in 34 regions', async () => {
    const pages = 3400
    let page = 0
    const all = await everyPage(async () => ({ items: [page], next: ++page < pages ? String(page) : undefined }))
    expect(all).to.have.length(pages)
  })

  it('ends where a token comes back', async () => {
    const error = await failure(everyPage(async () => ({ items: [], next: 'again' })))
    expect(error.code).to.equal('CURSOR_LOOP')
  })

  it('ends where new tokens never cease', async () => {
    let page = 0
    const error = await failure(everyPage(async () => ({ items: [], next: String(page++) })))
    expect(error.code).to.equal('CURSOR_LOOP')
  })
})
