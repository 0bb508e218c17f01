import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { numbersOf, ROOT, run } from './commands.ts'
import type { Figure } from './report.ts'

const RESOURCES = 20_000

/**
 * `npm run demo` as a newcomer starts it: from source, with its defaults, without a terminal. What its extraction took is as
 * it says itself; its whole time is from start to exit, without `npm ci`. It ends with 0 only where nothing was lost.
 */
export async function benchDemo(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'cae-demo-'))
  try {
    const { said, seconds } = await run(ROOT, 'npm', [
      'run',
      'demo',
      '--',
      '--resources',
      String(RESOURCES),
      '--data',
      folder,
    ])
    // The seconds on its screen are whole ones, the rate is not.
    const [artifacts, rate] = numbersOf(said, /Total +([\d,]+) artifacts, .* ([\d,]+) artifacts\/s/)
    return [
      { name: 'extraction of 20,000 resources', value: artifacts! / rate!, unit: 's', atMost: 20 },
      { name: 'the whole command', value: seconds, unit: 's', atMost: 180 },
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
