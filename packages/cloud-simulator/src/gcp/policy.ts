import { itemsOf, TYPES, type Estate } from '../estate/estate.ts'
import { combine, hashText } from '../estate/hash.ts'
import { textTemplate } from '../estate/hole.ts'
import { field, tag, text, type Part } from './protobuf.ts'
import type { Item } from '../estate/resource-type.ts'
import { jsonTemplate } from '../estate/template.ts'
import { CONDITION, POLICY } from '../estate/types/gcp-type.ts'

/** Of each hundred resources of a type, those that have a policy of their own. Absent: the type takes none. */
export const POLICY_SHARES: Readonly<Record<string, number>> = {
  project: 100,
  serviceAccount: 40,
  secret: 50,
  key: 30,
  topic: 20,
  subscription: 10,
  dataset: 100,
  table: 5,
  bucket: 100,
  repository: 30,
  run: 60,
  function: 40,
  instance: 2,
  disk: 1,
}

const SALT = hashText('has a policy')
const CONDITION_SALT = hashText('has a condition')

export function hasPolicy({ hash, type }: Item): boolean {
  return combine(hash, SALT) % 100 < (POLICY_SHARES[TYPES.gcp.types[type]!.alias] ?? 0)
}

function hasCondition({ hash }: Item): boolean {
  return combine(hash, CONDITION_SALT) % 4 === 0
}

/**
 * google.iam.v1.Policy: version = 1, etag = 3, bindings = 4 of role = 1, members = 2 and condition = 3 (a
 * google.type.Expr of expression = 1 and title = 2). Every fourth has a condition on its last binding, and version 3.
 */
export function policyPart(number: number): Part {
  const plain = field(number, policyParts(false))
  const conditional = field(number, policyParts(true))
  return (writer, item) => {
    const part = hasCondition(item) ? conditional : plain
    if (typeof part === 'function') part(writer, item)
    else writer.bytes(part)
  }
}

function policyParts(conditional: boolean): Part[] {
  const { etag, bindings } = POLICY
  return [
    Buffer.concat([tag(1, 0), Buffer.from([conditional ? 3 : 1])]),
    text(3, etag),
    ...bindings.map(({ role, members }, n) =>
      field(4, [
        text(1, role),
        ...members.map((member) => text(2, member)),
        ...(conditional && n === bindings.length - 1
          ? [field(3, [text(1, CONDITION.expression), text(2, CONDITION.title)])]
          : []),
      ]),
    ),
  ]
}

const last = POLICY.bindings.length - 1
const NAME = textTemplate('{{fullName}}')
const PLAIN = jsonTemplate({ ...POLICY, version: 1 })
const CONDITIONAL = jsonTemplate({
  ...POLICY,
  version: 3,
  bindings: POLICY.bindings.map((binding, n) => (n === last ? { ...binding, condition: CONDITION } : binding)),
})

/** The truth about policies: full resource name, and the policy in JSON, whose etag is in base64. */
export function* gcpPolicies({ tables }: Estate): Iterable<readonly [name: string, policy: Record<string, unknown>]> {
  for (const slice of tables.gcp) {
    for (const item of itemsOf(slice)) {
      if (!hasPolicy(item)) continue
      const policy = JSON.parse((hasCondition(item) ? CONDITIONAL : PLAIN)(item)) as { etag: string }
      yield [NAME(item), { ...policy, etag: Buffer.from(policy.etag).toString('base64') }]
    }
  }
}

/** How many there are. Looks at every resource of Google Cloud. */
export function countPolicies({ tables }: Estate): number {
  let count = 0
  for (const slice of tables.gcp) for (const item of itemsOf(slice)) if (hasPolicy(item)) count++
  return count
}
