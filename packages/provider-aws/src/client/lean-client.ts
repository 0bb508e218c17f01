import type { ConfigServiceClient } from '@aws-sdk/client-config-service'
import { takeRowsApart, type Deserializer } from './rows-apart.ts'

/** As CloudTrail shows it. */
const USER_AGENT = 'cloud-artifact-extractor'

interface SendOptions {
  readonly abortSignal: AbortSignal
}
type Handler<I, O> = (request: { readonly input: I }) => Promise<{ readonly output: O }>
interface Command<I, O> {
  readonly input: I
  resolveMiddleware(
    stack: ConfigServiceClient['middlewareStack'],
    configuration: ConfigServiceClient['config'],
    options: SendOptions,
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
  const handlers = new WeakMap<AbortSignal, Map<unknown, unknown>>()
  return {
    send: async <I extends object, O extends object>(command: Command<I, O>, options: SendOptions) => {
      const known = handlers.get(options.abortSignal) ?? new Map<unknown, unknown>()
      handlers.set(options.abortSignal, known)
      const before = known.get(command.constructor) as Handler<I, O> | undefined
      const handler = before ?? command.resolveMiddleware(middlewareStack, config, options)
      known.set(command.constructor, handler)
      return (await handler({ input: command.input })).output
    },
  }
}
