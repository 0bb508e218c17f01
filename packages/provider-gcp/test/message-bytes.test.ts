import { StreamDecoder } from '@grpc/grpc-js/build/src/stream-decoder.js'
import { expect } from 'chai'
import { releaseSpentPieces, type Decoding } from '../src/client/spent-pieces.ts'

describe('what a channel has read of a message', () => {
  let decoder: Decoding
  beforeEach(() => {
    releaseSpentPieces()
    decoder = new StreamDecoder(-1) as unknown as Decoding
  })

  it('is let go of once the message is put together', () => {
    const framed = frame(Buffer.alloc(100_000, 1))
    expect(decoder.write(framed.subarray(0, 60_000))).to.deep.equal([])
    expect(decoder.readPartialMessage).to.have.lengthOf(1)
    expect(decoder.write(framed.subarray(60_000))).to.deep.equal([framed])
    expect(decoder.readPartialMessage).to.deep.equal([])
    expect(decoder.readCompressFlag.buffer).to.not.equal(framed.buffer)
  })

  it('is kept where the next message has begun', () => {
    const [first, second] = [frame(Buffer.from('one')), frame(Buffer.from('two'))]
    const bytes = Buffer.concat([first, second])
    expect(decoder.write(bytes.subarray(0, bytes.length - 1))).to.deep.equal([first])
    expect(decoder.write(bytes.subarray(bytes.length - 1))).to.deep.equal([second])
  })

  it('is whole wherever its pieces end', () => {
    const bytes = Buffer.concat([frame(Buffer.from('one')), frame(Buffer.alloc(0)), frame(Buffer.from('three'))])
    const messages = [...bytes].flatMap((byte) => decoder.write(Buffer.from([byte])))
    expect(Buffer.concat(messages)).to.deep.equal(bytes)
  })
})

/** As gRPC puts a message on the wire: whether it is compressed, its length, its bytes. */
function frame(message: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}
