import { keepFromOthers } from '@cae/runtime'
import { runCli } from './program.ts'
import type { Host, Interrupts } from './host.ts'
import { createTerminal } from './text/terminal.ts'

// npm and other wrappers pass on a signal that the terminal has sent us already; a person takes longer.
const SAME_SIGNAL_MS = 400

function listenForInterrupts(): Interrupts {
  const stop = new AbortController()
  const kill = new AbortController()
  let first = 0
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (first === 0) {
        first = Date.now()
        stop.abort()
      } else if (Date.now() - first > SAME_SIGNAL_MS) kill.abort()
    })
  }
  return { stop: stop.signal, kill: kill.signal }
}

// `cae jobs | head` closes the pipe before we are done: nobody reads on, so there is nothing left to do.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1)
})

keepFromOthers()
let interrupts: Interrupts | undefined
const host: Host = {
  environment: process.env,
  cwd: process.cwd(),
  pid: process.pid,
  // Set by npx, as by `npm run demo`; installed elsewhere, it goes by its own name.
  command: process.env['npm_lifecycle_event'] === undefined ? 'cae' : 'npx cae',
  node: { path: process.execPath, flags: process.execArgv },
  stdout: createTerminal(process.stdout, process.env),
  stderr: createTerminal(process.stderr, process.env),
  interrupts: () => (interrupts ??= listenForInterrupts()),
}
process.exitCode = await runCli(process.argv.slice(2), host)
