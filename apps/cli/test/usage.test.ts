import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
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
    [['services', '--provider', 'aws,awss'], /'aws,awss' is invalid\. It must be of aws, azure, gcp/],
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
    ['services'],
    ['quotas'],
  ]) {
    it(`of \`cae ${command.join(' ')}\` is explained by --help with examples, in 80 columns`, async () => {
      const { code, out } = await run([...command, '--help'])
      expect(out).to.match(/Examples?:\n {2}cae /)
      expect(Math.max(...out.split('\n').map((line) => line.length))).to.be.at.most(80)
      expect(code).to.equal(0)
    })
  }

  it('names the command in its help and advice as it is typed', async () => {
    const { out } = await run(['jobs', '--help'], { command: 'npx cae' })
    expect(out)
      .to.match(/^Usage: npx cae jobs /)
      .and.match(/Examples:\n {2}npx cae jobs\n {2}npx cae jobs --status/)
    const { err } = await run(['jobs', '--api', `http://127.0.0.1:${await freePort()}`], { command: 'npx cae' })
    expect(err).to.match(/start one with `npx cae up`/)
  })

  it('puts what the API answers into words of the command line', async () => {
    const detail = '"lambda" is not a service of gcp; GET /extraction/services lists them'
    const body = JSON.stringify({ detail: 'invalid', errors: [{ field: 'services', message: detail }] })
    const server = createServer((_request, response) => response.writeHead(422).end(body))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const { err } = await run(['check', '--services', 'lambda', '--api', api], { command: 'npx cae' })
    server.close()
    expect(err).to.equal('cae: services: "lambda" is not a service of gcp; `npx cae services` lists them\n')
  })

  it('tells a server that is no API of ours, or speaks no TLS, from none', async () => {
    const server = createServer((_request, response) => response.writeHead(404).end('<html>'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const at = `127.0.0.1:${(server.address() as AddressInfo).port}`
    const problem = async (url: string) => (await run(['jobs', '--api', url])).err
    expect(await problem(`http://${at}`)).to.equal(
      `cae: http://${at} answered 404, and not as the API does: is it another server?\n`,
    )
    expect(await problem(`https://${at}`)).to.equal(`cae: no API at https://${at}: it speaks http, not https\n`)
    server.close()
  })

  it('follows no redirect, which would give the key to whoever it leads to', async () => {
    const keys: unknown[] = []
    const server = createServer((request, response) => {
      keys.push(request.headers['x-api-key'])
      response.writeHead(307, { location: `http://localhost:${port}/elsewhere?x=1` }).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const { code, err } = await run(['jobs', '--api', `http://127.0.0.1:${port}`, '--api-key', 'k3y'])
    server.close()
    expect([code, keys.length]).to.deep.equal([1, 1])
    expect(err).to.equal(
      `cae: http://127.0.0.1:${port} sends us on to http://localhost:${port}: give the address of the API by --api\n`,
    )
  })

  it('speaks of no cancelling, which nobody can do', async () => {
    for (const argv of [[], ['extract'], ['jobs'], ['jobs', 'list'], ['jobs', 'coverage']])
      expect((await run([...argv, '--help'])).out).to.not.match(/cancel/i)
  })

  it('knows its version', async () => {
    expect(await run(['--version'])).to.deep.equal({ code: 0, out: '0.1.0\n', err: '' })
  })

  it('without a command shows the help and ends with 2', async () => {
    const { code, err } = await run([])
    expect({ code, help: err.includes('Usage: cae') }).to.deep.equal({ code: 2, help: true })
  })

  it('says how to get an API where none answers, and ends with 1', async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    for (const argv of [['jobs'], ['extract'], ['check'], ['schedules'], ['services'], ['quotas']]) {
      const { code, out, err } = await run(argv, { environment: { CAE_API_URL: url } })
      expect({ code, out, err }).to.deep.equal({
        code: 1,
        out: '',
        err: `cae: no API at ${url}: start one with \`cae up\`, or give --api\n`,
      })
    }
  })
})
