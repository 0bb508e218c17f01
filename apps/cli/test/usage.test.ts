import { freePort } from '@cae/runtime'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { run } from './support/host.ts'

describe('usage', () => {
  for (const [argv, message] of [
    [['jbs'], /unknown command 'jbs'\n\(Did you mean jobs\?\)/],
    [['jobs', 'shwo', 'x'], /unknown command 'shwo'\n\(Did you mean show\?\)/],
    [['demo', '--resorces', '5'], /unknown option '--resorces'\n\(Did you mean --resources\?\)/],
    [['demo', '--workers', 'x'], /--workers <n>.*'x' is invalid\. It must be a whole number from 1 to 64/],
    [['demo', '--transport', 'ftp'], /Allowed choices are filesystem, null/],
    [['jobs', '--status', 'foo'], /Allowed choices are queued, planning, running/],
    [['jobs', 'show'], /missing required argument 'id'/],
    [['check', '--filter-label', 'env=prod'], /unknown option '--filter-label'/],
    [['extract', '--filter-label', 'env'], /must be NAME=VALUE/],
    [['extract', '--api', 'localhost'], /must be a URL/],
    [['up', 'now'], /too many arguments/],
  ] as const) {
    it(`of \`cae ${argv.join(' ')}\` is wrong and ends with 2`, async () => {
      const { code, out, err } = await run(argv)
      expect(err).to.match(message)
      expect({ code, out }).to.deep.equal({ code: 2, out: '' })
    })
  }

  for (const command of [
    [],
    ['up'],
    ['demo'],
    ['check'],
    ['extract'],
    ['jobs'],
    ['jobs', 'list'],
    ['jobs', 'show'],
    ['jobs', 'follow'],
    ['jobs', 'coverage'],
    ['schedules'],
    ['schedules', 'list'],
    ['schedules', 'create'],
    ['schedules', 'delete'],
    ['schedules', 'pause'],
    ['schedules', 'resume'],
  ]) {
    it(`of \`cae ${command.join(' ')}\` is explained by --help with examples, in 80 columns`, async () => {
      const { code, out } = await run([...command, '--help'])
      expect(out).to.match(/Examples?:\n {2}cae /)
      expect(Math.max(...out.split('\n').map((line) => line.length))).to.be.at.most(80)
      expect(code).to.equal(0)
    })
  }

  it('without a command shows the help and ends with 2', async () => {
    const { code, err } = await run([])
    expect({ code, help: err.includes('Usage: cae') }).to.deep.equal({ code: 2, help: true })
  })

  it('says how to get an API where none answers, and ends with 1', async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    for (const argv of [['jobs'], ['extract'], ['check'], ['schedules']]) {
      const { code, out, err } = await run(argv, { environment: { CAE_API_URL: url } })
      expect({ code, out, err }).to.deep.equal({
        code: 1,
        out: '',
        err: `cae: no API at ${url}: start one with \`cae up\`, or give --api\n`,
      })
    }
  })
})
