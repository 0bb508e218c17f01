import { StreamDecoder } from '@grpc/grpc-js/build/src/stream-decoder.js'

/** What a decoder of the channel knows of the message that it reads; private there. */
export interface Decoding {
  /** 0 between messages. */
  readonly readState: number
  /** What has come of a message. */
  readPartialMessage: Buffer[]
  readCompressFlag: Buffer
  write: (this: Decoding, data: Buffer) => Buffer[]
}

const NO_FLAG = Buffer.alloc(1)
let isDone = false

/**
 * Has the channel's decoders let go of the pieces of a message once it is put together. Each call has a decoder, which
 * would keep them for the next message; a unary call has none, and its decoder, made before the answer came, is among the
 * old objects by then. So all pages would wait for a full collection, and make it come sooner. Measured: 45 full
 * collections → 14 with this and with assets that are read once (decode.ts), 60 → 46 µs an asset.
 */
export function releaseSpentPieces(): void {
  if (isDone) return
  isDone = true
  const decoder = StreamDecoder.prototype as unknown as Decoding
  const { write } = decoder
  decoder.write = function (data) {
    const messages = write.call(this, data)
    if (messages.length > 0 && this.readState === 0) {
      this.readPartialMessage = []
      this.readCompressFlag = NO_FLAG
    }
    return messages
  }
}
