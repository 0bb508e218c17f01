import { PROVIDER_NAMES } from '@cae/core'
import type { ApiClient } from '../api/client.ts'
import type { PreflightDetail } from '../api/views.ts'
import { checkScreen } from './screen.ts'
import { EXIT } from '../exit-code.ts'
import type { Host } from '../host.ts'
import { Interrupted, unlessStopped } from '../interrupted.ts'
import { PROVIDER_LABELS } from '../text/labels.ts'
import { counted } from '../text/quantity.ts'
import type { Terminal } from '../text/terminal.ts'
import { sayWarnings } from '../text/warnings.ts'

const LOOK_EVERY_S = 1

/** Has a preflight made and shows it. Ends with 0 only where all was tried and nothing is missing. */
export async function check(
  client: ApiClient,
  selection: Readonly<Record<string, readonly string[]>>,
  json: boolean | undefined,
  host: Host,
): Promise<number> {
  const { stdout: terminal, stderr } = host
  const { stop } = host.interrupts()
  const line = json || !terminal.interactive ? noLine : statusLine(terminal)
  try {
    line.show('Checking …')
    let preflight = await unlessStopped(client.preflight(selection), stop)
    sayWarnings(stderr, preflight.warnings)
    while (preflight.status === 'running') {
      line.show(`Checking: ${stateOf(preflight)}`)
      preflight = await unlessStopped(client.preflightAgain(preflight.preflight_id, LOOK_EVERY_S), stop)
    }
    line.clear()
    if (json) terminal.say(JSON.stringify(preflight))
    else for (const text of checkScreen(preflight, terminal)) terminal.say(text)
    return preflight.ready ? EXIT.complete : EXIT.partial
  } catch (error) {
    line.clear()
    if (error instanceof Interrupted) stderr.say('The check is left; the workers end it by themselves.')
    throw error
  }
}

/** `AWS 120 calls · Azure done · destination done` */
function stateOf({ providers, destination }: PreflightDetail): string {
  const clouds = PROVIDER_NAMES.flatMap((name) => {
    const { status, calls } = providers[name] ?? {}
    if (status === undefined) return []
    return `${PROVIDER_LABELS[name]} ${status === 'checking' ? counted(calls ?? 0, 'call') : status}`
  })
  return [...clouds, `destination ${destination.status}`].join(' · ')
}

interface StatusLine {
  show(text: string): void
  clear(): void
}

const START_OF_LINE = '\r\u001b[K'

function statusLine({ stream, colors }: Terminal): StatusLine {
  return {
    show: (text) => void stream.write(START_OF_LINE + colors.dim(text)),
    clear: () => void stream.write(START_OF_LINE),
  }
}

const noLine: StatusLine = { show() {}, clear() {} }
