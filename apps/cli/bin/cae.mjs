#!/usr/bin/env node
// The source through tsx, else, as in the image, the built command: what was built may be older than the source.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

if (existsSync(main)) fromSource()
else await import(new URL('../dist/main.js', import.meta.url).href)

function fromSource() {
  const flags = ['--import', import.meta.resolve('tsx'), '--conditions=@cae/source']
  const child = spawn(process.execPath, [...flags, main, ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1)
  })
}
