import { expect } from 'chai'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureRedisInstalled } from '@cae/runtime'

const APT = 'apt-get update -q && apt-get install -y -q redis-server'
const SUDO_APT = 'sudo apt-get update -q && sudo apt-get install -y -q redis-server'

describe('a Redis that is not installed', () => {
  const { PATH } = process.env
  const { getuid } = process
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cae-path-'))
    process.env['PATH'] = folder
  })
  afterEach(async () => {
    process.env['PATH'] = PATH
    process.getuid = getuid!
    await rm(folder, { recursive: true })
  })

  /** A command, alone on the PATH beside others that were made so, that notes how it was called. */
  const command = (name: string, script: string) =>
    writeFile(join(folder, name), `#!/bin/sh\necho "${name} $*" >> '${folder}/calls'\n${script}\n`, { mode: 0o755 })
  const calls = async () => (await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n')
  const installs = `case "$*" in *install*) /bin/cp "$0" "\${0%/*}/redis-server" ;; esac`
  const as = (uid: number) => {
    process.getuid = () => uid
  }
  const ensure = () => {
    const said: string[] = []
    try {
      return { said, found: ensureRedisInstalled((line) => said.push(line)) }
    } catch (error) {
      return { said, error: (error as Error).message }
    }
  }

  it('is installed by root, who is told the line first', async () => {
    as(0)
    await command('apt-get', installs)
    const { said, found } = ensure()
    expect(found).to.equal(join(folder, 'redis-server'))
    expect(said).to.deep.equal([`Redis is not installed; installing the system's package: ${APT}`])
    expect(await calls()).to.deep.equal(['apt-get update -q', 'apt-get install -y -q redis-server'])
  })

  it('is installed with sudo where that asks for no password', async () => {
    as(1000)
    await command('apt-get', installs)
    await command('sudo', 'shift; [ "$1" = true ] || exec "$@"')
    const { said, found } = ensure()
    expect(found).to.equal(join(folder, 'redis-server'))
    expect(said).to.deep.equal([`Redis is not installed; installing the system's package: ${SUDO_APT}`])
    expect(await calls()).to.include.members(['sudo -n apt-get install -y -q redis-server'])
  })

  it('is asked for with the exact line to run where we may not install it', async () => {
    as(1000)
    await command('apt-get', installs)
    const error = `Redis is needed: run "${SUDO_APT}", or set REDIS_URL to one that runs`
    expect(ensure(), 'no sudo').to.deep.equal({ said: [], error })
    await command('sudo', 'exit 1')
    expect(ensure(), 'sudo that asks for a password').to.deep.equal({ said: [], error })
    expect(await calls()).to.deep.equal(['sudo -n true'])
  })

  it('is asked for by the line of each package manager', async () => {
    as(1000)
    for (const [tool, line] of [
      ['dnf', 'sudo dnf install -y redis'],
      ['apk', 'sudo apk add redis'],
    ] as const) {
      await command(tool, '')
      expect(ensure().error).to.include(`run "${line}"`)
    }
    // Needs no rights.
    await rm(join(folder, 'dnf'))
    await rm(join(folder, 'apk'))
    await command('brew', installs)
    expect(ensure().said[0]).to.match(/: brew install redis$/)
  })

  it('is named by what fails, or by what to install where no package manager is known', async () => {
    as(0)
    expect(ensure().error).to.match(/install redis-server or valkey-server, or set REDIS_URL/)
    await command('apt-get', 'echo "E: no network" >&2; exit 100')
    expect(ensure().error).to.equal('"apt-get update -q" failed: E: no network')
  })
})
