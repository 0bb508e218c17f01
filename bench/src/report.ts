import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'

/** One figure, with the bound it must keep where there is one. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly atLeast?: number
  readonly atMost?: number
}

const RESULTS = fileURLToPath(new URL('../results/', import.meta.url))

export function machine() {
  const [cpu] = cpus()
  return {
    cores: cpus().length,
    cpu: cpu?.model ?? 'unknown',
    memory_gib: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  }
}

export function holds({ value, atLeast = -Infinity, atMost = Infinity }: Figure): boolean {
  return value >= atLeast && value <= atMost
}

/** Prints the figures of a benchmark and keeps them, with the machine they were measured on. */
export function report(benchmark: string, figures: readonly Figure[]): boolean {
  console.log(`\n${benchmark}`)
  for (const figure of figures) {
    const bound =
      figure.atLeast !== undefined
        ? `at least ${figure.atLeast}`
        : figure.atMost !== undefined
          ? `at most ${figure.atMost}`
          : ''
    const verdict = bound === '' ? '' : holds(figure) ? `ok, ${bound}` : `MISSED, ${bound}`
    console.log(`  ${figure.name.padEnd(52)} ${format(figure.value).padStart(12)} ${figure.unit.padEnd(14)} ${verdict}`)
  }
  mkdirSync(RESULTS, { recursive: true })
  const file = `${RESULTS}${benchmark.replaceAll(' ', '-')}.json`
  writeFileSync(
    file,
    `${JSON.stringify({ benchmark, date: new Date().toISOString(), machine: machine(), figures }, null, 2)}\n`,
  )
  return figures.every(holds)
}

function format(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
}
