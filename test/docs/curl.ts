import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ROOT } from './documents.ts'
import { shellWords } from './shell.ts'

/** What the documents call the API. */
export const DOCUMENTED_URL = 'http://127.0.0.1:8000'

/** Sends what a `curl` line would send, to another API. Throws where the line says more than this understands. */
export function curl(line: string, apiUrl: string): Promise<Response> {
  const [program, ...args] = shellWords(line)
  if (program !== 'curl') throw new Error(`not a curl line: ${line}`)
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      request: { type: 'string', short: 'X' },
      header: { type: 'string', short: 'H', multiple: true },
      data: { type: 'string', short: 'd' },
    },
  })
  const [url, ...more] = positionals
  if (!url?.startsWith(`${DOCUMENTED_URL}/`) || more.length > 0)
    throw new Error(`one URL of ${DOCUMENTED_URL}: ${line}`)
  const { request: method = values.data === undefined ? 'GET' : 'POST', header = [], data } = values
  return fetch(url.replace(DOCUMENTED_URL, apiUrl), {
    method,
    headers: header.map((one) => one.split(/:\s*/, 2) as [string, string]),
    ...(data !== undefined && { body: data.startsWith('@') ? readFileSync(join(ROOT, data.slice(1))) : data }),
  })
}
