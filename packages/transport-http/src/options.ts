import type { Compression } from './encode.ts'

export interface HttpOptions {
  /** `http:` or `https:`. Credentials in it become Basic authentication. */
  readonly endpoint_url: string
  readonly api_key?: string
  /** The header that carries the key as it is; `Authorization: Bearer {api_key}` unless given. */
  readonly api_key_header?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Milliseconds for one attempt, from connecting to the last byte of the answer. 30,000 unless given. */
  readonly timeout_ms?: number
  /** Attempts after the first, 5 unless given. Beyond them the task's own retries go on, from its checkpoint. */
  readonly retries?: number
  readonly compression?: Compression
  /** Lets secrets go over plain `http:` to another machine. */
  readonly allow_insecure?: boolean
}
