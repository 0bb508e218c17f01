import { randomUUID } from 'node:crypto'
import type { Answer } from '../http.ts'

export function ok(body: string, more: Readonly<Record<string, string>> = {}): Answer {
  return { status: 200, headers: { ...headers(), ...more }, body }
}

export function headers(): Record<string, string> {
  const id = randomUUID()
  return { 'content-type': 'application/json; charset=utf-8', 'x-ms-request-id': id, 'x-ms-correlation-request-id': id }
}
