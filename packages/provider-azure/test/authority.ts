import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const pathOf = (name: string) => fileURLToPath(new URL(`../../transport-http/test/fixtures/${name}`, import.meta.url))

/** What a process must trust to speak with it. */
export const CERTIFICATE = pathOf('loopback.crt')
export const SECRET = 'a secret of the test'
export const TOKEN = 'a-token-of-the-test'

export interface Authority {
  readonly url: string
  /** The forms that tokens were asked for with. */
  readonly signIns: readonly URLSearchParams[]
  /** The `authorization` of every other request. */
  readonly authorizations: readonly (string | undefined)[]
  close(): Promise<void>
}

export interface AuthorityOptions {
  /** How long a token is good for, in seconds; an hour where absent. */
  readonly expiresIn?: number
  /** Which sign-ins it is away for, the first being 0. */
  readonly isAway?: (signIn: number) => boolean
}

/**
 * Over https, on loopback: a sign-in of AD FS, as Azure Stack has it, that gives `TOKEN` for `SECRET`; behind it a simulator.
 * Of any other authority than AD FS, @azure/identity first asks login.microsoftonline.com whether it is one.
 */
export async function authority(simulator: string, options: AuthorityOptions = {}): Promise<Authority> {
  const { expiresIn = 3600, isAway = () => false } = options
  const signIns: URLSearchParams[] = []
  const authorizations: (string | undefined)[] = []
  const server = createServer({ key: readFileSync(pathOf('loopback.key')), cert: readFileSync(CERTIFICATE) })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const signIn = async (incoming: IncomingMessage, response: ServerResponse) => {
    const form = new URLSearchParams(await text(incoming))
    if (isAway(signIns.push(form) - 1)) return sendJson(response, 400, AWAY)
    const isKnown = form.get('client_secret') === SECRET
    sendJson(response, isKnown ? 200 : 401, isKnown ? { ...GRANTED, expires_in: expiresIn } : REFUSED)
  }
  server.on('request', (incoming: IncomingMessage, response: ServerResponse) => {
    const path = incoming.url!.split('?')[0]
    if (path === '/adfs/.well-known/openid-configuration') return sendJson(response, 200, metadata(url))
    if (path === '/adfs/oauth2/token') return void signIn(incoming, response)
    authorizations.push(incoming.headers.authorization)
    forward(incoming, response, simulator)
  })
  return {
    url,
    signIns,
    authorizations,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const GRANTED = { token_type: 'bearer', access_token: TOKEN }
const AWAY = { error: 'temporarily_unavailable', error_description: 'The server is too busy.' }
const REFUSED = { error: 'invalid_client', error_description: 'MSIS9616: The client secret is not the expected one.' }

function metadata(url: string) {
  return {
    issuer: `${url}/adfs`,
    authorization_endpoint: `${url}/adfs/oauth2/authorize`,
    token_endpoint: `${url}/adfs/oauth2/token`,
    jwks_uri: `${url}/adfs/discovery/keys`,
  }
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function forward(incoming: IncomingMessage, response: ServerResponse, simulator: string): void {
  const { method, headers, url } = incoming
  const onward = request(new URL(url!, simulator), { method, headers }, (answer) => {
    response.writeHead(answer.statusCode!, answer.headers)
    answer.pipe(response)
  })
  incoming.pipe(onward)
}
