import { createLog, keepFromOthers, loadSettings, nearlyKnown, onShutdown } from '@cae/runtime'
import { startApi } from './server.ts'

const STEP_TIMEOUT_MS = 15_000
const SIGNALS = ['SIGTERM', 'SIGINT'] as const

async function main(): Promise<void> {
  keepFromOthers()
  const settings = loadSettings(process.env)
  const log = createLog({ level: settings.log_level, format: settings.log_format }, { app: 'api', pid: process.pid })
  for (const hint of nearlyKnown(process.env)) log.warn(hint)
  // Until it serves there is nothing to finish. The first process of a container gets no signal that it does not ask for.
  for (const signal of SIGNALS) process.once(signal, leave)
  const api = await startApi(settings, log)
  for (const signal of SIGNALS) process.off(signal, leave)
  onShutdown(
    log,
    [
      { name: 'drain', run: () => api.drain() },
      { name: 'api', run: () => api.close() },
    ],
    STEP_TIMEOUT_MS + settings.api.drain_ms,
  )
  process.send?.({ type: 'ready', url: api.url })
}

function leave(): never {
  process.exit(0)
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? `api: ${error.message}` : error)
  process.exit(1)
})
