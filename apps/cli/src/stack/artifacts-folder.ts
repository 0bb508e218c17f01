import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Settings } from '@cae/runtime'
import type { Host } from '../host.ts'
import { shownPath } from '../text/shown-path.ts'

/** Data folders of `up` and `demo` where `--data` names no other. */
export const DATA_FOLDERS = { up: '.data', demo: '.data/demo' } as const
/** Of `up` and `demo`, in their data folder: where their workers write, for the `extract` that is typed beside them. */
const NOTE = 'artifacts-folder'

/** Absolute; null where artifacts do not go to files. */
export function artifactsFolder({ transport }: Settings, cwd: string): string | null {
  return transport.type === 'filesystem' ? resolve(cwd, transport.base_dir) : null
}

/** Why no artifact can be written; null where they can, and where they do not go to files: that a check tries. */
export async function unwritable(settings: Settings, cwd: string, stop: AbortSignal): Promise<string | null> {
  const { transport } = settings
  if (transport.type !== 'filesystem') return null
  const { loadTransport } = await import('@cae/worker')
  const opened = await loadTransport({ ...transport, base_dir: resolve(cwd, transport.base_dir) })
  try {
    await opened.check?.(stop)
    return null
  } catch (error) {
    return (error as Error).message
  } finally {
    await opened.close()
  }
}

export function noteArtifactsFolder(dataDir: string, folder: string | null): void {
  writeFileSync(join(dataDir, NOTE), folder ?? '')
}

/**
 * Where the files of a job are, as it may be typed; null where they are not on this machine, or nobody knows where, as with
 * another data folder than the default. A folder that has the id of the job holds its files, whoever wrote them.
 */
export function filesOf(jobId: string, { cwd }: Pick<Host, 'cwd'>): string | null {
  const noted = Object.values(DATA_FOLDERS).map((folder) => read(resolve(cwd, folder, NOTE)))
  const found = [...noted, resolve(cwd, 'artifacts')]
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, jobId))
    .find((folder) => existsSync(folder))
  return found === undefined ? null : shownPath(cwd, found)
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
