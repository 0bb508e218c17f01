import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { keepProcess } from '../src/stack/kept-process.ts'
import type { ManagedProcess } from '../src/stack/processes.ts'

/** A process as its keeper sees it. */
function processOf(pid: number) {
  let end: (how: string) => void
  const exited = new Promise<string>((resolve) => {
    end = resolve
  })
  const process: ManagedProcess = {
    pid,
    ready: Promise.resolve({ url: 'http://127.0.0.1:8000' }),
    exited,
    signal: (name) => end(name),
    stop: async () => end('code 0'),
  }
  return process
}

const never = new AbortController().signal

describe('a process that is kept', function () {
  this.timeout(10_000)

  it('is started again when it dies, also where the first try to start another fails', async () => {
    const said: string[] = []
    let told = () => {}
    const back = new Promise<void>((resolve) => {
      told = resolve
    })
    let starts = 0
    const kept = keepProcess(
      'api',
      (first) => {
        starts++
        if (starts === 2) throw new Error('no memory')
        return processOf(first ? 2 : 1)
      },
      (line) => {
        said.push(line)
        if (line.includes('is back')) told()
      },
      never,
    )
    await kept.ready
    expect(kept.kill()).to.equal(1)
    await back
    await kept.close()
    expect(said).to.deep.equal([
      'api (pid 1) ended by SIGKILL; another starts in 0.5 s',
      'api did not start: no memory; another starts in 1 s',
      'api is back, pid 2',
    ])
  })

  it('leaves it to the caller to say that it never started', async () => {
    const said: string[] = []
    const failed = Promise.reject(new Error('api did not start (code 1)'))
    const kept = keepProcess(
      'api',
      () => ({ ...processOf(1), ready: failed }),
      (line) => said.push(line),
      never,
    )
    expect(await kept.ready.catch((error: Error) => error.message)).to.equal('api did not start (code 1)')
    await kept.close()
    expect(said).to.deep.equal([])
  })

  it('is not started again where it is we who end all at once', async () => {
    const said: string[] = []
    const kill = new AbortController()
    let starts = 0
    const start = () => processOf(++starts)
    const kept = keepProcess('worker-1', start, (line) => said.push(line), kill.signal)
    await kept.ready
    kill.abort()
    kept.kill()
    await sleep(700)
    expect({ starts, said }).to.deep.equal({ starts: 1, said: [] })
    await kept.close()
  })
})
