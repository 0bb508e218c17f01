import { inFreshClone, run } from './commands.ts'
import type { Figure } from './report.ts'

/** What a newcomer waits for in a fresh clone of the last commit. What npm has in its cache stays there. */
export function benchFreshClone(): Promise<Figure[]> {
  return inFreshClone(async (clone, data) => {
    const { seconds: install } = await run(clone, 'npm', ['ci'])
    const { seconds: demo } = await run(clone, 'npm', ['run', 'demo', '--', '--data', data])
    const { seconds: tests } = await run(clone, 'npm', ['test'])
    return [
      { name: 'npm ci', value: install, unit: 's' },
      { name: 'npm ci && npm run demo', value: install + demo, unit: 's', atMost: 180 },
      { name: 'npm ci && npm test', value: install + tests, unit: 's', atMost: 480 },
    ]
  })
}
