import { StreamDecoder } from '@grpc/grpc-js/build/src/stream-decoder.js'
import { expect } from 'chai'
import { gatherMessages, type Decoder } from '../src/client/message-bytes.ts'

describe('messages of the channel', () => {
  const { write: theirs } = StreamDecoder.prototype as unknown as Decoder
  before(gatherMessages)

  const decoder = (longest = -1) => new StreamDecoder(longest) as unknown as Decoder
  /** The same decoder as the channel had it. */
  const original = (longest = -1) => Object.assign(decoder(longest), { write: theirs })

  const MESSAGES = ['one', '', 'x'.repeat(300_000), 'a compressed one', 'y'.repeat(20_000)].map((text, n) =>
    frame(Buffer.from(text), n === 3),
  )

  it('are put together as the channel’s own decoder would, wherever their pieces end', () => {
    const bytes = Buffer.concat(MESSAGES)
    for (const size of [1, 3, 5, 16_384, 65_536, bytes.length]) {
      const [ours, channels] = [decoder(), original()]
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
        bytes.subarray(n * size, (n + 1) * size),
      )
      const messages = pieces.flatMap((piece) => ours.write(piece))
      expect(Buffer.concat(messages).equals(bytes), `pieces of ${size}`).to.equal(true)
      expect(messages.map(({ length }) => length)).to.deep.equal(
        pieces.flatMap((piece) => channels.write(piece)).map(({ length }) => length),
      )
    }
  })

  it('are those of each call, though several come in at once', () => {
    const calls = MESSAGES.map((message) => ({ message, reader: decoder() }))
    const ends = calls.map(({ message, reader }) => {
      expect(reader.write(message.subarray(0, 4))).to.deep.equal([])
      return message.subarray(4)
    })
    const whole = calls.map(({ reader }, n) => Buffer.concat(reader.write(ends[n]!)))
    expect(whole.map((bytes, n) => bytes.equals(MESSAGES[n]!))).to.deep.equal(MESSAGES.map(() => true))
  })

  it('that are too long are refused in the words of the channel', () => {
    const saysOf = (reader: Decoder) => {
      try {
        reader.write(frame(Buffer.alloc(11)))
      } catch (thrown) {
        return (thrown as Error).message
      }
    }
    expect(saysOf(decoder(10)))
      .to.equal(saysOf(original(10)))
      .and.contain('11')
    expect(decoder(11).write(frame(Buffer.alloc(11)))).to.have.lengthOf(1)
  })

  it('take no memory for what never came: a page in HTML seems to be a message of gigabytes', () => {
    const before = process.memoryUsage().arrayBuffers
    expect(decoder().write(Buffer.from('<html><title>Bad gateway</title></html>'))).to.deep.equal([])
    expect(process.memoryUsage().arrayBuffers - before).to.be.below(20 * 1024 * 1024)
  })
})

/** As gRPC puts a message on the wire: whether it is compressed, its length, its bytes. */
function frame(message: Buffer, isCompressed = false): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt8(Number(isCompressed))
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}
