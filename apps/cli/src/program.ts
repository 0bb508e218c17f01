import { createRequire } from 'node:module'
import { SettingsError } from '@cae/runtime'
import { Command, CommanderError } from 'commander'
import { ApiProblem, ApiUnreachable } from './api/client.ts'
import { addCheck } from './commands/check.ts'
import { addDemo } from './commands/demo.ts'
import { addExtract } from './commands/extract.ts'
import { addJobs } from './commands/jobs.ts'
import { addLookUps } from './commands/look-ups.ts'
import { examples, type Finish } from './commands/options.ts'
import { addSchedules } from './commands/schedules.ts'
import { addUp } from './commands/up.ts'
import { EXIT, EXIT_HELP } from './exit-code.ts'
import { hintOf, typedHere } from './hint.ts'
import type { Host } from './host.ts'
import { Interrupted } from './interrupted.ts'
import { count } from './text/quantity.ts'

// Next to the folder of this file, in the source as in the build.
const { version } = createRequire(import.meta.url)('../package.json') as { version: string }

/** Runs one command; gives the exit code. Never throws. */
export async function runCli(argv: readonly string[], host: Host): Promise<number> {
  let code: number = EXIT.complete
  const program = createProgram(host, (result) => {
    code = result
  })
  try {
    await program.parseAsync(withDefaultCommand(argv), { from: 'user' })
    return code
  } catch (error) {
    return report(error, host)
  }
}

// `cae jobs` lists them. Not a default command of commander's, which would take a mistyped command for an argument.
function withDefaultCommand([first, second, ...rest]: readonly string[]): string[] {
  const given = [first, second].filter((word) => word !== undefined)
  const lists = first === 'jobs' || first === 'schedules'
  const bare = second === undefined || (second.startsWith('-') && second !== '--help' && second !== '-h')
  return lists && bare ? [first, 'list', ...given.slice(1), ...rest] : [...given, ...rest]
}

function report(error: unknown, host: Host): number {
  const { stderr, command } = host
  const mark = stderr.colors.red('cae:')
  // Commander has said what is wrong.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.complete : EXIT.usage
  if (error instanceof Interrupted) return EXIT.interrupted
  if (error instanceof ApiProblem)
    for (const line of error.lines) stderr.say(`${mark} ${typedHere(line, hintOf(host, {}))}`)
  else if (error instanceof SettingsError) stderr.say(`${mark} ${shortened(error.message)}`)
  else if (error instanceof ApiUnreachable) stderr.say(`${mark} ${error.message}: ${remedyOf(error, command)}`)
  else stderr.say(`${mark} ${error instanceof Error ? error.message : String(error)}`)
  return EXIT.failure
}

const SHOWN_LINES = 30

// A file that is no settings at all has a problem in each of its lines.
function shortened(message: string): string {
  const lines = message.split('\n')
  const more = lines.length - SHOWN_LINES
  return more > 1 ? [...lines.slice(0, SHOWN_LINES), `  and ${count(more)} more`].join('\n') : message
}

function remedyOf(error: ApiUnreachable, command: string): string {
  return error.isPlain ? 'it speaks http, not https' : `start one with \`${command} up\`, or give --api`
}

function createProgram(host: Host, finish: Finish): Command {
  // Help names the command as it is typed here.
  const typed = (text: string) => text.replace(/^( {2}|Usage: )cae /gm, `$1${host.command} `)
  const program = new Command('cae')
    .description('What exists in all our clouds, exactly, and what could we not see?')
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void host.stdout.stream.write(typed(text)),
      writeErr: (text) => void host.stderr.stream.write(typed(text)),
      getOutHelpWidth: () => host.stdout.columns,
      getErrHelpWidth: () => host.stderr.columns,
      getOutHasColors: () => host.stdout.colors.isColorSupported,
      getErrHasColors: () => host.stderr.colors.isColorSupported,
    })
    .showHelpAfterError('(--help shows what can be given)')
    .addHelpText(
      'after',
      `${examples('cae demo', 'cae up --workers 2', 'cae check', 'cae extract --services ec2,storage')}${EXIT_HELP}`,
    )
  addUp(program, host, finish)
  addDemo(program, host, finish)
  addCheck(program, host, finish)
  addExtract(program, host, finish)
  addJobs(program, host, finish)
  addSchedules(program, host, finish)
  addLookUps(program, host, finish)
  return program
}
