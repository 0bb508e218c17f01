import { ERRORS } from '@cae/core'

const HEAD = `# Errors

Every slice that is not complete carries one of these codes. The table is written from \`packages/core/src/errors.ts\`
(\`node scripts/run.mjs scripts/write-errors-doc.ts\`), and a test keeps it so.

What the engine does: \`fail\` ends the task, as \`partial\` where something was delivered before; \`skip\` ends it with the
outcome shown, and the run goes on; \`wait\` puts it back, delayed, and spends no attempt; \`retry\` spends an attempt and
goes on from the checkpoint; \`restart\` reads the slice again from its first page; \`abandon\` leaves the task to the worker
that holds it now.

| code | does | ends as | means | what to do |
| --- | --- | --- | --- | --- |
`

/** docs/errors.md, as it must be. */
export function errorsDocument(): string {
  const rows = Object.entries(ERRORS).map(
    ([code, { action, outcome, meaning, advice }]) =>
      `| \`${code}\` | ${action} | \`${outcome}\` | ${meaning} | ${advice} |`,
  )
  return `${HEAD}${rows.join('\n')}\n`
}
