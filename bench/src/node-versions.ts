import { inFreshClone, numbersOf, run } from './commands.ts'
import type { Figure } from './report.ts'

/** The least that `engines` allows, and the lines that must work beside it. */
const VERSIONS = ['20.19.0', '22', '24'] as const
const RESOURCES = 20_000

/**
 * That it works on each Node that it says it works on: install, demo and all tests of a fresh clone, a clone for each since
 * results of tests are kept in it. Node comes from the registry, as the package `node`.
 */
export async function benchNodeVersions(): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const version of VERSIONS) figures.push(...(await onNode(version)))
  return figures
}

function onNode(version: string): Promise<Figure[]> {
  return inFreshClone(async (clone, data) => {
    const node = (...command: readonly string[]) =>
      run(clone, 'npx', ['--yes', '--package', `node@${version}`, '--', ...command])
    const exact = (await node('node', '--version')).said.trim()
    await node('npm', 'ci')
    const demo = await node('npm', 'run', 'demo', '--', '--resources', String(RESOURCES), '--data', data)
    const [artifacts] = numbersOf(demo.said, /Total +([\d,]+) artifacts/)
    const [passed] = numbersOf((await node('npm', 'test')).said, /^(\d+) passed, 0 failed$/m)
    return [
      { name: `Node ${exact}: artifacts of its demo`, value: artifacts!, unit: '', atLeast: RESOURCES },
      { name: `Node ${exact}: tests passed, none failed`, value: passed!, unit: '', atLeast: 1 },
    ]
  })
}
