import { createLog, keepFromOthers, loadCheckedSettings, nearlyKnown, onShutdown } from '@cae/runtime'
import { setFlagsFromString } from 'node:v8'
import { problemsOfParts } from './registry.ts'
import { startWorker } from './worker.ts'

// Left to itself the heap grows to several times what the pages in work need before it is collected; this keeps it
// within two thirds more. Measured with 200,000 resources: 240 MiB at most instead of 420, at the same rate; with 30, 220
// MiB at three quarters of the rate.
setFlagsFromString('--heap-growing-percent=60')
// Else V8 makes the containers of a page among the old objects as soon as some have survived, and these keep the young
// ones alive until a full collection. Measured: Azure with files 50 → 39 µs an artifact.
setFlagsFromString('--no-allocation-site-pretenuring')

const STEP_TIMEOUT_MARGIN_MS = 5000
const SIGNALS = ['SIGTERM', 'SIGINT'] as const

async function main(): Promise<void> {
  keepFromOthers()
  // The SDK's versions are pinned, so what it says of later ones is no news to whoever runs this.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'
  const settings = await loadCheckedSettings(process.env, problemsOfParts)
  const log = createLog({ level: settings.log_level, format: settings.log_format }, { app: 'worker', pid: process.pid })
  for (const hint of nearlyKnown(process.env)) log.warn(hint)
  // Until it works there is nothing to finish. The first process of a container gets no signal that it does not ask for.
  for (const signal of SIGNALS) process.once(signal, leave)
  const worker = await startWorker(settings, log)
  for (const signal of SIGNALS) process.off(signal, leave)
  onShutdown(
    log,
    [{ name: 'worker', run: () => worker.close() }],
    settings.worker.shutdown_grace_ms + STEP_TIMEOUT_MARGIN_MS,
  )
  process.send?.({ type: 'ready' })
}

function leave(): never {
  process.exit(0)
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? `worker: ${error.message}` : error)
  process.exit(1)
})
