import { benchApi } from './api.ts'
import { benchDemo } from './demo.ts'
import { benchFreshClone } from './fresh-clone.ts'
import { benchMemory } from './memory.ts'
import { benchNodeVersions } from './node-versions.ts'
import { benchOneTask } from './one-task.ts'
import { benchPipeline } from './pipeline.ts'
import { benchPlanning } from './planning.ts'
import { benchQuotas } from './quotas.ts'
import { benchRecovery } from './recovery.ts'
import { report, type Figure } from './report.ts'
import { benchSecondClient } from './second-client.ts'
import { benchSoak } from './soak.ts'

const BENCHMARKS: Readonly<Record<string, () => Promise<Figure[]>>> = {
  'fresh clone': benchFreshClone,
  'node versions': benchNodeVersions,
  demo: benchDemo,
  'api intake': benchApi,
  'one task': benchOneTask,
  pipeline: benchPipeline,
  memory: benchMemory,
  recovery: benchRecovery,
  planning: benchPlanning,
  quotas: benchQuotas,
  'second client': benchSecondClient,
  soak: benchSoak,
}

const wanted = process.argv.slice(2)
const chosen = Object.entries(BENCHMARKS).filter(
  ([name]) => wanted.length === 0 || wanted.some((word) => name.includes(word)),
)
if (chosen.length === 0) {
  console.error(`no benchmark is named so; there are: ${Object.keys(BENCHMARKS).join(', ')}`)
  process.exitCode = 2
}
for (const [name, run] of chosen) {
  if (!report(name, await run())) process.exitCode = 1
}
