import { expect } from 'chai'
import { describe, it } from 'mocha'
import { lastWords } from '../src/stack/last-words.ts'

describe('last words of a process', () => {
  it('are its own message, without routine and stack traces', () => {
    const lines = [
      '{"level":"info","message":"worker ready"}',
      'worker: 2 problems in the settings',
      '  api.port: must be a number',
      '  transport.type: is not known',
      '    at main (main.ts:1:1)',
      'Node.js v20.20.2',
      '',
    ]
    expect(lastWords(lines)).to.equal(lines.slice(1, 4).join('\n'))
  })

  it('are the warnings and errors of a JSON log, with their cause', () => {
    const lines = [
      '{"level":"warn","message":"waiting for Redis"}',
      '{"level":"error","message":"request failed","error":{"message":"out of memory"}}',
    ]
    expect(lastWords(lines)).to.equal('waiting for Redis\nrequest failed: out of memory')
  })

  it('say so where there are none', () => {
    expect(lastWords([])).to.equal('its log is empty')
  })
})
