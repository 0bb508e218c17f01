#!/usr/bin/env node
// What was built, where it is as new as the source; else the source through tsx, which takes a second longer to start.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

if (existsSync(main) && !isBuilt()) fromSource()
else await import(new URL('../dist/main.js', import.meta.url).href)

/** As the compiler itself sees it: no source of a workspace is younger than the note that it leaves when it has looked. */
function isBuilt() {
  const workspaces = ['apps', 'packages'].flatMap((kind) =>
    readdirSync(join(root, kind)).map((name) => join(root, kind, name)),
  )
  return workspaces.filter((folder) => existsSync(join(folder, 'src'))).every(isBuiltIn)
}

function isBuiltIn(folder) {
  const note = join(folder, 'dist', '.tsbuildinfo')
  if (!existsSync(note)) return false
  const built = statSync(note).mtimeMs
  const source = join(folder, 'src')
  return [source, ...readdirSync(source, { recursive: true }).map((path) => join(source, path))].every(
    (path) => statSync(path).mtimeMs <= built,
  )
}

function fromSource() {
  const flags = ['--import', import.meta.resolve('tsx'), '--conditions=@cae/source']
  const child = spawn(process.execPath, [...flags, main, ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1)
  })
}
