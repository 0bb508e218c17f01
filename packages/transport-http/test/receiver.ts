import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import type { Artifact, Manifest } from '@cae/core'

export interface Received {
  readonly headers: IncomingMessage['headers']
  readonly url: string
  readonly bytes: number
  readonly batch: { batch_id: string; run_id: string; task_id: string; artifacts: Artifact[]; manifest?: Manifest }
}

type Answering = (response: ServerResponse, request: IncomingMessage) => void

export interface Receiver {
  readonly url: string
  /** Every request that came with its whole body, in order. */
  readonly requests: readonly Received[]
  /** Headers of each HEAD, in order; answered 405 unless `first` says otherwise. */
  readonly heads: readonly IncomingMessage['headers'][]
  /** What is stored, by batch id: the latest wins. */
  readonly batches: ReadonlyMap<string, readonly Artifact[]>
  /** The same for manifests. */
  readonly manifests: ReadonlyMap<string, Manifest>
  /** Answers that are given before the receiver goes over to 200 and stores. */
  readonly first: Answering[]
  connections(): Promise<number>
  close(): Promise<void>
}

/** What makes a server speak https. */
export interface Identity {
  readonly key: Buffer
  readonly cert: Buffer
}

/** A real HTTP server on loopback that stores batches; over https where it has a certificate. */
export async function receiver(identity?: Identity): Promise<Receiver> {
  const requests: Received[] = []
  const batches = new Map<string, readonly Artifact[]>()
  const manifests = new Map<string, Manifest>()
  const first: Answering[] = []
  const heads: IncomingMessage['headers'][] = []
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    if (request.method === 'HEAD') {
      heads.push(request.headers)
      return (first.shift() ?? answer(405))(response, request)
    }
    const chunks: Buffer[] = []
    request.on('error', () => {})
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const bytes = Buffer.concat(chunks)
      const json = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString()
      const batch = JSON.parse(json) as Received['batch']
      requests.push({ headers: request.headers, url: request.url ?? '', bytes: bytes.length, batch })
      const answer = first.shift()
      if (answer) return answer(response, request)
      const key = request.headers['idempotency-key'] as string
      if (batch.manifest) manifests.set(key, batch.manifest)
      else batches.set(key, batch.artifacts)
      response.writeHead(200).end('{"ok":true}')
    })
  }
  const server = identity ? createSecureServer(identity, handle) : createServer(handle)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `${identity ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}/ingest`,
    requests,
    heads,
    batches,
    manifests,
    first,
    connections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error ? reject(error) : resolve(count)))
      }),
    async close() {
      if (!server.listening) return
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

export function answer(status: number, headers: Record<string, string> = {}, body = ''): Answering {
  return (response) => response.writeHead(status, headers).end(body)
}
