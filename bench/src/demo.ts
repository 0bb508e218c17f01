import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Figure } from './report.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const RESOURCES = 20_000

/**
 * `npm run demo` as a newcomer starts it: from source, with its defaults, without a terminal. What its extraction took is as
 * it says itself; its whole time is from start to exit, without `npm ci`. It ends with 0 only where nothing was lost.
 */
export async function benchDemo(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'cae-demo-'))
  try {
    const start = performance.now()
    const said = await demo(['--resources', String(RESOURCES), '--data', folder])
    const whole = (performance.now() - start) / 1000
    // The seconds on its screen are whole ones, the rate is not.
    const [artifacts, rate] = numbers(said, /Total +([\d,]+) artifacts, .* ([\d,]+) artifacts\/s/)
    return [
      { name: 'extraction of 20,000 resources', value: artifacts / rate, unit: 's', atMost: 20 },
      { name: 'the whole command', value: whole, unit: 's', atMost: 180 },
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What it said on its way to a good end. */
async function demo(options: readonly string[]): Promise<string> {
  const child = spawn('npm', ['run', 'demo', '--', ...options], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('exit', resolve))
  const [code, said] = await Promise.all([ended, text(child.stdout)])
  if (code !== 0) throw new Error(`the demo ended with ${code}:\n${said}`)
  return said
}

/** The two numbers of a line, `20,000` as 20000. */
function numbers(said: string, line: RegExp): [number, number] {
  const [, first, second] = line.exec(said) ?? []
  if (first === undefined || second === undefined) throw new Error(`the demo did not say ${String(line)}:\n${said}`)
  return [Number(first.replaceAll(',', '')), Number(second.replaceAll(',', ''))]
}
