import type { Caller } from './identity.ts'
import { AwsError } from './error.ts'
import type { FaultKind } from '../fault-kinds.ts'
import type { Strike } from '../faults.ts'
import type { EstateSlice } from '../estate/resource-type.ts'
import { FIRST, readCursor, type Cursor } from '../estate/selection.ts'
import type { World } from '../world.ts'

export type Input = Readonly<Record<string, unknown>>

/** One call of an operation, checked for who calls and where. */
export interface Call {
  readonly world: World
  readonly caller: Caller
  /** The account's resources in the region; those of its home region where the service is one for all regions. */
  readonly slice: EstateSlice
  readonly input: Input
  readonly strike?: Strike
}

/** Gives the answer's JSON. */
export type Operation = (call: Call) => string

/** One of AWS's services. */
export interface AwsService {
  /** As IAM spells it. */
  readonly name: string
  /** As signatures spell it. */
  readonly signedAs: string
  readonly contentType: string
  readonly operations: Readonly<Record<string, Operation>>
  /** One for all regions, called in `us-east-1`. */
  readonly global?: true
  /** It lists scopes, which rules that name no operation leave alone. */
  readonly listsScopes?: true
  /** Faults that only this service knows and that strike a single call. */
  readonly faults: readonly FaultKind[]
  /** What a request's fault rule may name as `table`. */
  readonly table?: (input: Input) => string | undefined
  readonly cursor: (input: Input) => string | null
  readonly badCursor: () => AwsError
  readonly throttled: () => AwsError
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

/** A cursor holds for the same question in the same account and region. */
export function keyOf({ slice }: Call, question: string): string {
  return `${slice.scope} ${slice.region} ${question}`
}

export function cursorOf(service: Pick<AwsService, 'cursor' | 'badCursor'>, { input }: Call, key: string): Cursor {
  const text = service.cursor(input)
  if (text === null) return FIRST
  const cursor = readCursor(key, text)
  if (!cursor) throw service.badCursor()
  return cursor
}

/** Page sizes outside of the range are refused. */
export function pageSize(value: unknown, fallback: number, max: number, refuse: (message: string) => AwsError): number {
  if (value === undefined || value === null) return fallback
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max) return value
  throw refuse(`Value '${JSON.stringify(value)}' failed to satisfy constraint: Member must be between 1 and ${max}`)
}
