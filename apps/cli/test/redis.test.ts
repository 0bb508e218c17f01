import { expect } from 'chai'
import { describe, it } from 'mocha'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { reachRedis } from '../src/stack/redis.ts'

/** Something at a port that answers every command with the same words. */
async function answering(words: string) {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (data) => socket.write(words.repeat(data.toString().match(/^\*\d+\r$/gm)?.length ?? 0)))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() }
}

describe('a Redis that somebody else runs', () => {
  for (const [what, words, problem] of [
    ['is there while it loads its data', '-LOADING Redis is loading the dataset in memory\r\n', null],
    ['that serves nobody says why', '-MISCONF Errors writing to the AOF file\r\n', /does not serve us: MISCONF Errors/],
    ['that has no such user says what to do', '-WRONGPASS invalid\r\n', /refuses us \(WRONGPASS .*REDIS_URL/],
  ] as const) {
    it(what, async () => {
      const redis = await answering(words)
      try {
        const thrown = await reachRedis(redis.url).then(
          () => null,
          (error: Error) => error.message,
        )
        if (problem) expect(thrown).to.match(problem)
        else expect(thrown).to.equal(null)
      } finally {
        redis.close()
      }
    })
  }
})
