import type { Log } from '@cae/core'

export interface ShutdownStep {
  readonly name: string
  run(): Promise<unknown>
}

/**
 * Runs the steps in order, once, on SIGTERM or SIGINT, and then lets the process end by itself. A step that hangs, such
 * as one that waits for a Redis that is gone, is passed over after `stepTimeout` milliseconds, and the process is ended
 * then, since what hangs would hold it for ever. A second signal ends it at once.
 */
export function onShutdown(
  log: Log,
  steps: readonly ShutdownStep[],
  stepTimeout: number,
): { shutdown(reason: string): Promise<void> } {
  let running: Promise<void> | undefined
  const shutdown = (reason: string): Promise<void> => (running ??= runSteps(reason))
  const runSteps = async (reason: string) => {
    log.info('shutting down', { reason })
    const late: string[] = []
    for (const step of steps) if (!(await runStep(step))) late.push(step.name)
    log.info('stopped', late.length > 0 ? { late } : {})
    if (late.length > 0) process.exit(1)
    for (const [signal, listener] of listeners) process.off(signal, listener)
  }
  const runStep = async (step: ShutdownStep): Promise<boolean> => {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), stepTimeout)
    })
    try {
      if ((await Promise.race([step.run(), late])) !== 'late') return true
      log.warn('a shutdown step hangs', { step: step.name })
      return false
    } catch (error) {
      log.warn('a shutdown step failed', { step: step.name, error })
      return true
    } finally {
      clearTimeout(timer)
    }
  }
  const listeners = (['SIGTERM', 'SIGINT'] as const).map((signal) => {
    const listener = () => {
      if (running) process.exit(130)
      void shutdown(signal)
    }
    process.on(signal, listener)
    return [signal, listener] as const
  })
  return { shutdown }
}
