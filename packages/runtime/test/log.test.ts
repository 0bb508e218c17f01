import { stripVTControlCharacters } from 'node:util'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { createLog, type LogOptions } from '../src/index.ts'

async function written(format: LogOptions['format'], message: string, fields: Record<string, unknown>) {
  const write = process.stderr.write.bind(process.stderr)
  let text = ''
  process.stderr.write = (chunk: string | Uint8Array) => {
    text += String(chunk)
    return true
  }
  try {
    createLog({ level: 'info', format }).info(message, fields)
    await new Promise((resolve) => setImmediate(resolve))
  } finally {
    process.stderr.write = write
  }
  return text
}

describe('the log', () => {
  it('is one line for each event, whatever others have put into its words, and moves no cursor', async () => {
    const odd = 'x\n03:00:00.000 info forged\u001b[2J\u009b2J\u2028'
    for (const format of ['json', 'pretty'] as const) {
      const text = await written(format, odd, { schedule: odd, error: new Error(odd), plain: 'as it is' })
      expect(text.trimEnd().split('\n'), format).to.have.length(1)
      expect(stripVTControlCharacters(text).trimEnd(), format).to.not.match(
        format === 'pretty' ? /[\p{Cc}\u2028]/u : /\n/,
      )
    }
    expect(await written('pretty', 'taken', { plain: 'as it is', none: undefined })).to.match(
      /info.* taken plain=as it is\n$/,
    )
  })

  it('shows no value that has the name of a secret', async () => {
    const secrets = { password: 'hush', apiKeys: 'hush', authorization: 'hush', externalId: 'hush', token: 'hush' }
    for (const format of ['json', 'pretty'] as const) expect(await written(format, 'x', secrets)).to.not.contain('hush')
  })
})
