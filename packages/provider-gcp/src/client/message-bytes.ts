import { ReusedBytes } from '@cae/core'
import { StreamDecoder } from '@grpc/grpc-js/build/src/stream-decoder.js'

/** A decoder of the channel. Each call has its own. */
export interface Decoder {
  /** -1: of any length. Private there. */
  readonly maxReadMessageLength: number
  /** Takes the next bytes, and gives the messages that are whole by now, each behind its head. */
  write: (this: Decoder, data: Buffer) => Buffer[]
}

/** A message as gRPC puts it on the wire: whether it is compressed, its length in four bytes, its bytes. */
const HEAD = 5

interface Message {
  readonly bytes: ReusedBytes
  /** Bytes to come; of the head as long as it is not whole. */
  left: number
  isHead: boolean
}

/**
 * Has the channel's decoders put messages together in memory that is used again. Their own keep the pieces of a page, which
 * has megabytes, until it is whole, and then make one piece of them. What they say of messages that are too long stays.
 */
export function gatherMessages(): void {
  const decoder = StreamDecoder.prototype as unknown as Decoder
  decoder.write = write
}

const begun = new WeakMap<Decoder, Message>()

function write(this: Decoder, data: Buffer): Buffer[] {
  const messages: Buffer[] = []
  let message = begun.get(this)
  for (let at = 0; at < data.length;) {
    message ??= { bytes: new ReusedBytes(HEAD), left: HEAD, isHead: true }
    const piece = data.subarray(at, at + message.left)
    message.bytes.add(piece)
    message.left -= piece.length
    at += piece.length
    if (message.left === 0 && message.isHead) message = withLength(message.bytes.bytes, this.maxReadMessageLength)
    if (message.left > 0) continue
    messages.push(message.bytes.bytes)
    message = undefined
  }
  if (message) begun.set(this, message)
  else begun.delete(this)
  return messages
}

function withLength(head: Buffer, longest: number): Message {
  const length = head.readUInt32BE(1)
  if (longest !== -1 && length > longest) throw new Error(`Received message larger than max (${length} vs ${longest})`)
  const bytes = new ReusedBytes(HEAD + length)
  bytes.add(head)
  return { bytes, left: length, isHead: false }
}
