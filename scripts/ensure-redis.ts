import { ensureRedisInstalled } from '@cae/runtime'

try {
  ensureRedisInstalled((line) => console.log(line))
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
