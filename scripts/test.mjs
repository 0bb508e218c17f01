// npm test: every package's tests, then one line that sums them: N passed, N failed
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'

const run = (script, ...argv) => spawnSync(process.execPath, [script, ...argv], { stdio: 'inherit' }).status ?? 1

// The first thing that a fresh machine may lack.
const prepared = run('scripts/run.mjs', 'scripts/ensure-redis.ts')
if (prepared !== 0) process.exit(prepared)

// What tests start as processes is what was built: here, since packages whose tests run at once would build at once.
const built = spawnSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' }).status ?? 1
if (built !== 0) process.exit(built)

// A count of an earlier run must not stand in for tests that crash now; turbo restores those it has cached.
for (const manifest of packages()) rmSync(`${dirname(manifest)}/.results`, { recursive: true, force: true })

const turbo = createRequire(import.meta.url).resolve('turbo/bin/turbo')
const status = run(
  turbo,
  'run',
  'test',
  '--continue',
  // One for each core of a small machine; what spans packages runs three files at a time, and waits much of it.
  '--concurrency=2',
  '--output-logs=new-only',
  '--log-prefix=none',
  ...process.argv.slice(2),
)

const totals = { passed: 0, failed: 0, skipped: 0 }
for (const manifest of packages().filter(hasTests)) {
  const file = `${dirname(manifest)}/.results/tests.json`
  if (!existsSync(file)) {
    console.error(`${dirname(manifest)}: its tests did not run to their end`)
    totals.failed++
    continue
  }
  const counts = JSON.parse(readFileSync(file, 'utf8'))
  for (const key of Object.keys(totals)) totals[key] += counts[key]
  console.log(
    `${String(counts.passed).padStart(5)} passed ${String(counts.failed).padStart(3)} failed  ${dirname(manifest)}`,
  )
}
const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''
console.log(`${totals.passed} passed, ${totals.failed} failed${skipped}`)
process.exitCode = status !== 0 || totals.failed > 0 ? 1 : 0

function packages() {
  const folders = ['apps', 'packages'].flatMap((parent) => readdirSync(parent).map((name) => `${parent}/${name}`))
  return [...folders, 'test'].map((folder) => `${folder}/package.json`).filter((file) => existsSync(file))
}

function hasTests(manifest) {
  return JSON.parse(readFileSync(manifest, 'utf8')).scripts?.test !== undefined
}
