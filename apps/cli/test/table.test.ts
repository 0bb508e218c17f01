import { stripVTControlCharacters } from 'node:util'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { table, type Column } from '../src/text/table.ts'
import { capture } from './support/host.ts'

const COLUMNS: readonly Column[] = [
  { head: 'Job', whole: true },
  { head: 'Place' },
  { head: 'Read', align: 'right' },
  { head: '' },
]
const ID = '1m83f92y7z87at9nkp'
const PLACE = '00000000-1111-2222-3333-444444444444 westeurope resourcecontainers'

describe('a table', () => {
  const drawn = (columns: number | null, place = PLACE) => {
    const { terminal } = capture(columns === null ? {} : { interactive: true, columns })
    const yellow = terminal.colors.yellow
    return table(COLUMNS, [[ID, yellow(place), '1,200,300', yellow('')]], terminal).map(stripVTControlCharacters)
  }

  for (const columns of [80, 60, 45, 30]) {
    it(`is no wider than a window of ${columns} columns, with its rule, and has no blanks at its end`, () => {
      const lines = drawn(columns)
      expect(Math.max(...lines.map((line) => line.length))).to.be.at.most(columns)
      for (const line of lines) expect(line).to.equal(line.trimEnd())
    })
  }

  it('shortens the longest texts in their middle, and neither numbers nor what people type again', () => {
    expect(drawn(60)[2]).to.equal(`${ID}  00000000-1111…rcecontainers  1,200,300`)
    expect(drawn(45)[2]).to.equal(`${ID}  000000…iners  1,200,300`)
  })

  it('keeps the colour of what it shortens', () => {
    const { terminal } = capture({ interactive: true, columns: 60 })
    expect(table(COLUMNS, [[ID, terminal.colors.yellow(PLACE), '1', '']], terminal)[2]).to.match(
      // oxlint-disable-next-line no-control-regex
      /\u001b\[33m0000.*…\S+\u001b\[39m/,
    )
  })

  it('shortens nothing in a pipe, and nothing that fits', () => {
    expect(drawn(null)).to.deep.equal([
      `Job                 Place${' '.repeat(PLACE.length - 5)}       Read`,
      `${ID}  ${PLACE}  1,200,300`,
    ])
    expect(drawn(80, 'west')[2]).to.equal(`${ID}  west   1,200,300`)
  })
})
