import { createLog, loadSettings, onShutdown } from '@cae/runtime'
import { startApi } from './server.ts'

const STEP_TIMEOUT_MS = 15_000

async function main(): Promise<void> {
  const settings = loadSettings(process.env)
  const log = createLog({ level: settings.log_level, format: settings.log_format }, { app: 'api', pid: process.pid })
  const api = await startApi(settings, log)
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

main().catch((error: unknown) => {
  console.error(error instanceof Error ? `api: ${error.message}` : error)
  process.exit(1)
})
