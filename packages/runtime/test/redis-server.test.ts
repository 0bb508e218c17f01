import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { pingRedis, startPrivateRedis } from '../src/index.ts'

describe('a Redis of our own', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cae-redis-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('says why it does not start', async () => {
    mkdirSync(join(folder, 'appendonlydir'))
    writeFileSync(join(folder, 'appendonlydir', 'appendonly.aof.manifest'), 'broken')
    const logFile = join(folder, 'redis.log')
    const { message } = await startPrivateRedis({ dataDir: folder, logFile }).then(
      () => expect.fail('it was expected to end'),
      (error: Error) => error,
    )
    expect(message).to.match(/^the Redis server ended at once with code 1: [A-Z].*AOF.* \(more in /i)
    expect(message).to.contain(logFile)
  })

  it('serves nobody without the password that it was given', async () => {
    const redis = await startPrivateRedis({ password: 'a-word' })
    try {
      expect(await pingRedis(redis.url), 'fit for us').to.equal(null)
      const open = redis.url.replace(':a-word@', '')
      const refused = await pingRedis(open).then(String, ({ message }: Error) => message)
      expect(refused).to.contain('NOAUTH')
    } finally {
      await redis.stop()
    }
  })
})
