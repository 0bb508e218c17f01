import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const SAMPLE = 20_000
const ROUNDS = 5

/** Lines of the JSON Lines files below a folder, a sample spread over all files. */
export function sampleLines(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.jsonl'))
  const step = Math.max(1, Math.floor(files.length / 200))
  const lines: string[] = []
  for (let i = 0; i < files.length && lines.length < SAMPLE; i += step) {
    lines.push(...readFileSync(join(folder, files[i]!), 'utf8').trimEnd().split('\n'))
  }
  return lines.slice(0, SAMPLE)
}

/** JSON.parse and JSON.stringify of the same bytes: artifacts per CPU second. The best of some rounds, since a floor must not be blamed on noise. */
export function jsonFloor(lines: readonly string[]): number {
  let best = 0
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.cpuUsage()
    let bytes = 0
    for (const line of lines) bytes += JSON.stringify(JSON.parse(line)).length
    const { user, system } = process.cpuUsage(start)
    if (bytes > 0) best = Math.max(best, lines.length / ((user + system) / 1e6))
  }
  return best
}
