import type { JsonObject, JsonValue } from '@cae/core'
import { readName, readText, varint, WIRE_TYPE, type Reader } from './wire.ts'

/**
 * google.iam.v1.Policy in the JSON form of its API: fields that are at their default are absent, `etag` is in base64.
 * Policy { version = 1, etag = 3, bindings = 4, audit_configs = 6 }
 */
export function readPolicy(reader: Reader): JsonObject {
  const end = varint(reader) + reader.pos
  const policy: Record<string, JsonValue> = {}
  const bindings: JsonValue[] = []
  const auditConfigs: JsonValue[] = []
  while (reader.pos < end) {
    const tag = varint(reader)
    if (tag === 8) policy['version'] = reader.int32()
    else if (tag === 26) policy['etag'] = Buffer.from(reader.bytes()).toString('base64')
    else if (tag === 34) bindings.push(readBinding(reader))
    else if (tag === 50) auditConfigs.push(readAuditConfig(reader))
    else reader.skipType(tag & WIRE_TYPE)
  }
  if (bindings.length > 0) policy['bindings'] = bindings
  if (auditConfigs.length > 0) policy['auditConfigs'] = auditConfigs
  return policy
}

// Binding { role = 1, members = 2, condition = 3 }
function readBinding(reader: Reader): JsonObject {
  const end = varint(reader) + reader.pos
  const binding: Record<string, JsonValue> = {}
  const members: string[] = []
  while (reader.pos < end) {
    const tag = varint(reader)
    if (tag === 10) binding['role'] = readName(reader)
    else if (tag === 18) members.push(readName(reader))
    else if (tag === 26) binding['condition'] = readExpr(reader)
    else reader.skipType(tag & WIRE_TYPE)
  }
  if (members.length > 0) binding['members'] = members
  return binding
}

// google.type.Expr, four strings.
const EXPR = ['', 'expression', 'title', 'description', 'location'] as const

function readExpr(reader: Reader): JsonObject {
  const end = varint(reader) + reader.pos
  const expr: Record<string, JsonValue> = {}
  while (reader.pos < end) {
    const tag = varint(reader)
    const name = (tag & WIRE_TYPE) === 2 ? EXPR[tag >>> 3] : undefined
    if (name) expr[name] = readText(reader)
    else reader.skipType(tag & WIRE_TYPE)
  }
  return expr
}

// AuditConfig { service = 1, audit_log_configs = 3 }
function readAuditConfig(reader: Reader): JsonObject {
  const end = varint(reader) + reader.pos
  const config: Record<string, JsonValue> = {}
  const logs: JsonValue[] = []
  while (reader.pos < end) {
    const tag = varint(reader)
    if (tag === 10) config['service'] = readName(reader)
    else if (tag === 26) logs.push(readAuditLogConfig(reader))
    else reader.skipType(tag & WIRE_TYPE)
  }
  if (logs.length > 0) config['auditLogConfigs'] = logs
  return config
}

const LOG_TYPES = ['LOG_TYPE_UNSPECIFIED', 'ADMIN_READ', 'DATA_WRITE', 'DATA_READ'] as const

// AuditLogConfig { log_type = 1, exempted_members = 2 }
function readAuditLogConfig(reader: Reader): JsonObject {
  const end = varint(reader) + reader.pos
  const config: Record<string, JsonValue> = {}
  const members: string[] = []
  while (reader.pos < end) {
    const tag = varint(reader)
    if (tag === 8) config['logType'] = logType(reader.int32())
    else if (tag === 18) members.push(readName(reader))
    else reader.skipType(tag & WIRE_TYPE)
  }
  if (members.length > 0) config['exemptedMembers'] = members
  return config
}

// A number that this list does not have yet is kept as it is.
function logType(value: number): string | number {
  return LOG_TYPES[value] ?? value
}
