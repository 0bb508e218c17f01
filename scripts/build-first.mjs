// What tests start as processes is what the build made: no test may meet an older one.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export function mochaGlobalSetup() {
  const cwd = fileURLToPath(new URL('../', import.meta.url))
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], { cwd, stdio: 'inherit' })
  if (status !== 0) throw new Error('the build failed')
}
