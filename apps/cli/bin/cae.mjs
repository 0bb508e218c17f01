#!/usr/bin/env node
// The built command where there is one, else the source through tsx.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const built = new URL('../dist/main.js', import.meta.url)

if (existsSync(built)) await import(built.href)
else fromSource()

function fromSource() {
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  const flags = ['--import', import.meta.resolve('tsx'), '--conditions=@cae/source']
  const child = spawn(process.execPath, [...flags, main, ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1)
  })
}
