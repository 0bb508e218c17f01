import { rm, writeFile } from 'node:fs/promises'
import { describeTransport } from '@cae/core/testing'
import { filesystemTransport, type FilesystemOptions } from '../src/index.ts'
import { artifactsIn, manifestsIn, temporaryFolder } from './folder.ts'

const VARIANTS: readonly Omit<FilesystemOptions, 'base_dir'>[] = [
  {},
  { compression: 'gzip' },
  { format: 'json' },
  { format: 'json', compression: 'gzip' },
]

for (const variant of VARIANTS) {
  const { format = 'jsonl', compression = 'none' } = variant
  describeTransport(`filesystem, ${format}, compression ${compression}`, { receiver: true, check: true }, async () => {
    const base_dir = await temporaryFolder()
    return {
      transport: filesystemTransport({ base_dir, ...variant }),
      receiver: {
        stored: () => artifactsIn(base_dir),
        storedManifests: () => manifestsIn(base_dir),
        break: async () => {
          await rm(base_dir, { recursive: true })
          await writeFile(base_dir, 'a file where the folder should be')
        },
      },
      tearDown: () => rm(base_dir, { recursive: true, force: true }),
    }
  })
}
