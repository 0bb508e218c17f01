import { mkdtemp, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Artifact, Manifest } from '@cae/core'

export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'cae-filesystem-'))
}

/** Paths of the files that a reader looks at, relative to the folder: hidden files and folders are left out. */
export async function visibleFiles(folder: string): Promise<string[]> {
  const files = await allFiles(folder)
  return files.filter((path) => !/(^|[/\\])\./.test(path))
}

export async function allFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)))
}

/** What a reader finds: throws where a visible file does not parse whole. */
export async function artifactsIn(folder: string): Promise<Artifact[]> {
  const files = await visibleFiles(folder)
  const ofArtifacts = files.filter((file) => !MANIFEST.test(file))
  const contents = await Promise.all(ofArtifacts.map((file) => readLines(join(folder, file))))
  return contents.flat()
}

const MANIFEST = /[/\\]manifest(-\d{6})?\.json(\.gz)?$/

export async function manifestsIn(folder: string): Promise<Manifest[]> {
  const files = await visibleFiles(folder)
  const texts = await Promise.all(
    files.filter((file) => MANIFEST.test(file)).map((file) => readText(join(folder, file))),
  )
  return texts.map((text) => JSON.parse(text) as Manifest)
}

async function readText(path: string): Promise<string> {
  const bytes = await readFile(path)
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()
}

async function readLines(path: string): Promise<Artifact[]> {
  const text = await readText(path)
  if (!text.endsWith('\n')) throw new Error(`${path} is cut short`)
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as Artifact)
}
