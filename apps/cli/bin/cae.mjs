#!/usr/bin/env node
// What was built, where it is as new as the source; else the source through tsx, which takes a second longer to start.
import { spawn } from 'node:child_process'
import { existsSync, lstatSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const built = fileURLToPath(new URL('../dist/main.js', import.meta.url))

if (existsSync(main) && !isBuilt()) fromSource()
else await import(pathToFileURL(built).href)

/** No source of a workspace is younger than the note that the compiler leaves when it has looked. */
function isBuilt() {
  try {
    const workspaces = ['apps', 'packages'].flatMap((kind) =>
      readdirSync(join(root, kind)).map((name) => join(root, kind, name)),
    )
    return existsSync(built) && workspaces.filter((folder) => existsSync(join(folder, 'src'))).every(isBuiltIn)
  } catch {
    // A file that an editor has taken away meanwhile, or a layout that is not ours.
    return false
  }
}

function isBuiltIn(folder) {
  const note = statSync(join(folder, 'dist', '.tsbuildinfo'), { throwIfNoEntry: false })
  const sources = readdirSync(join(folder, 'src'), { recursive: true }).filter((path) =>
    /(^|[\\/])[^.\\/][^\\/]*\.ts$/.test(path),
  )
  return note !== undefined && sources.every((path) => lstatSync(join(folder, 'src', path)).mtimeMs <= note.mtimeMs)
}

function fromSource() {
  const flags = ['--import', import.meta.resolve('tsx'), '--conditions=@cae/source']
  const child = spawn(process.execPath, [...flags, main, ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1)
  })
}
