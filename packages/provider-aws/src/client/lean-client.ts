import type { ConfigServiceClient } from '@aws-sdk/client-config-service'
import { ReusedBytes } from '@cae/core'
import { getSchemaSerdePlugin } from '@smithy/core/schema'
import type { Readable } from 'node:stream'
import { takeRowsApart, type Deserializer } from './rows-apart.ts'

/** As CloudTrail shows it. */
const USER_AGENT = 'cloud-artifact-extractor'

interface SendOptions {
  readonly abortSignal: AbortSignal
}
type Handler<I, O> = (request: SendOptions & { readonly input: I }) => Promise<{ readonly output: O }>
interface Command<I, O> {
  readonly input: I
  resolveMiddleware(
    stack: ConfigServiceClient['middlewareStack'],
    configuration: ConfigServiceClient['config'],
    options: object,
  ): Handler<I, O>
}

/** The SDK's client for AWS Config. */
export interface ConfigClient {
  send<I extends object, O extends object>(command: Command<I, O>, options: SendOptions): Promise<O>
}

/**
 * The client without what it does anew at each call though nothing has changed: nearly half of what a call costs beside its
 * answer, and a page has a hundred resources at most (docs/decisions/0004). Its log, which nobody reads, copies what is
 * sent and received; what it says of itself is the same each time; so is its signer, which asks for credentials at every
 * signature all the same; so is the order of its middleware, which the SDK too would remember (`cacheMiddleware`), but not
 * for calls that can be aborted.
 */
export function leanClient({ middlewareStack, config }: ConfigServiceClient): ConfigClient {
  middlewareStack.remove('loggerMiddleware')
  middlewareStack.remove('getUserAgentMiddleware')
  middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { readonly headers: Record<string, string> }
      headers['user-agent'] = USER_AGENT
      return next(args)
    },
    { step: 'build', name: 'userAgent' },
  )
  const { signer: makeSigner } = config
  let signer: ReturnType<typeof makeSigner> | undefined
  config.signer = (scheme) => (signer ??= makeSigner(scheme))
  takeRowsApart((config.protocol as unknown as { readonly deserializer: Deserializer }).deserializer)
  // The SDK copies its configuration four times a call, 20 µs each as long as a getter makes a dictionary of it, 0.2 without.
  const plain = Object.fromEntries(Object.entries(config)) as unknown as typeof config
  plain.streamCollector = bytesOf
  middlewareStack.use(getSchemaSerdePlugin(plain))
  // The last that a request comes by. The signal comes along with each, where the SDK has one for all requests of what it has
  // put in order. Its retries do not see it: they wait for their moment (retry.ts) and meet it here.
  middlewareStack.add(
    () => async (args) => {
      const { request, abortSignal } = args as typeof args & SendOptions
      return config.requestHandler.handle(request as never, { abortSignal }) as Promise<never>
    },
    { step: 'deserialize', priority: 'low', name: 'abortable' },
  )
  const handlers = new Map<unknown, unknown>()
  return {
    send: async <I extends object, O extends object>(command: Command<I, O>, { abortSignal }: SendOptions) => {
      const { constructor, input } = command
      const known = handlers.get(constructor) as Handler<I, O> | undefined
      const handler = known ?? command.resolveMiddleware(middlewareStack, plain, {})
      handlers.set(constructor, handler)
      return (await handler({ input, abortSignal })).output
    },
  }
}

/** The bytes of an answer, in order. The SDK's own pipes them through one more stream. */
function bytesOf(answer: Readable): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const answered = new ReusedBytes()
    answer.on('data', (piece: Buffer) => answered.add(piece))
    answer.on('end', () => resolve(answered.bytes))
    answer.on('error', reject)
  })
}
