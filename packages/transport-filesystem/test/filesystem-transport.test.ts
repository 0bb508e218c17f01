import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type Artifact, type Batch, ExtractionError, jsonTextAt, type Transport } from '@cae/core'
import { testArtifact } from '@cae/core/testing'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { asideFolder } from '../src/aside.ts'
import { knownFolders } from '../src/folders.ts'
import { filesystemTransport } from '../src/index.ts'
import { allFiles, artifactsIn, temporaryFolder, visibleFiles } from './folder.ts'

const { signal } = new AbortController()

function batch(artifacts: readonly Artifact[], sequence = 0, runId = 'run1'): Batch {
  const taskId = `${runId}-aws.1.us-east-1.all`
  return { id: `${taskId}-${String(sequence).padStart(6, '0')}`, runId, taskId, artifacts }
}

async function failure(transport: Transport, one: Batch): Promise<ExtractionError> {
  const thrown = await transport.deliver(one, signal).catch((error: unknown) => error)
  expect(thrown).to.be.instanceOf(ExtractionError)
  return thrown as ExtractionError
}

describe('filesystemTransport', () => {
  let base_dir: string
  const FILE = join('run1', 'aws', '1.us-east-1.all-000000.jsonl')

  beforeEach(async () => {
    base_dir = await temporaryFolder()
  })
  afterEach(() => rm(base_dir, { recursive: true, force: true }))

  it('puts each batch into a file of its own, below run and provider, and counts its bytes', async () => {
    const { bytes } = await filesystemTransport({ base_dir }).deliver(batch([testArtifact(1)]), signal)
    expect(await visibleFiles(base_dir)).to.deep.equal([FILE])
    expect((await stat(join(base_dir, FILE))).size).to.equal(bytes)
    expect(await readFile(join(base_dir, FILE), 'utf8')).to.equal(`${JSON.stringify(testArtifact(1))}\n`)
  })

  it('counts the bytes of all files of a batch, as compressed', async () => {
    const transport = filesystemTransport({ base_dir, format: 'json', compression: 'gzip' })
    const { bytes } = await transport.deliver(batch([testArtifact(1), testArtifact(2)]), signal)
    const files = await visibleFiles(base_dir)
    const sizes = await Promise.all(files.map(async (file) => (await stat(join(base_dir, file))).size))
    expect(sizes).to.have.length(2)
    expect(sizes[0]! + sizes[1]!).to.equal(bytes)
    for (const file of files) expect(file).to.match(/\.json\.gz$/)
  })

  it('replaces the whole file when a batch comes again with less in it', async () => {
    const transport = filesystemTransport({ base_dir })
    await transport.deliver(batch([1, 2, 3].map((n) => testArtifact(n))), signal)
    await transport.deliver(batch([testArtifact(4)]), signal)
    expect(await artifactsIn(base_dir)).to.deep.equal([testArtifact(4)])
  })

  it('writes every batch as it is, large after small and at once, although its memory is used again', async () => {
    const transport = filesystemTransport({ base_dir })
    const sizes = [1, 700, 2, 350, 1, 90, 5, 1200, 3, 1]
    let expected = 0
    for (let round = 0; round < 3; round++) {
      const from = (n: number) => (round * 10 + n) * 10_000
      const batches = sizes.map((size, n) =>
        batch(
          Array.from({ length: size }, (_, i) => testArtifact(from(n) + i)),
          round * 10 + n,
        ),
      )
      await Promise.all(batches.map((one) => transport.deliver(one, signal)))
      expected += sizes.reduce((sum, size) => sum + size, 0)
    }
    const ids = (await artifactsIn(base_dir)).map(({ metadata }) => metadata.resource_id)
    expect(new Set(ids).size).to.equal(expected)
    expect(ids).to.have.length(expected)
  })

  it('writes a configuration that is text as its value', async () => {
    const configuration = jsonTextAt('{"a":[1,"b"]}', 0)!
    await filesystemTransport({ base_dir }).deliver(batch([{ ...testArtifact(1), configuration }]), signal)
    expect(await artifactsIn(base_dir)).to.deep.equal([{ ...testArtifact(1), configuration: { a: [1, 'b'] } }])
  })

  it('replaces the file of an artifact that comes again in another batch', async () => {
    const transport = filesystemTransport({ base_dir, format: 'json' })
    await transport.deliver(batch([testArtifact(1), testArtifact(2)]), signal)
    await transport.deliver(batch([testArtifact(2)], 1), signal)
    expect(await visibleFiles(base_dir)).to.have.length(2)
  })

  it('leaves nothing but the batches', async () => {
    for (const format of ['jsonl', 'json'] as const) {
      await filesystemTransport({ base_dir, format }).deliver(batch([testArtifact(1)]), signal)
    }
    expect(await allFiles(base_dir)).to.have.members(await visibleFiles(base_dir))
  })

  it('makes folders that are removed meanwhile again', async () => {
    const transport = filesystemTransport({ base_dir })
    for (const folder of [base_dir, join(base_dir, 'run1'), join(base_dir, 'run1', 'aws')]) {
      await transport.deliver(batch([testArtifact(1)]), signal)
      await rm(folder, { recursive: true })
      await transport.deliver(batch([testArtifact(2)]), signal)
      expect(await artifactsIn(base_dir)).to.deep.equal([testArtifact(2)])
    }
  })

  it('shows nothing and leaves nothing when it is aborted before the files are renamed', async () => {
    for (const format of ['jsonl', 'json'] as const) {
      const stopping = new AbortController()
      const reason = new Error('stop')
      const artifacts = Array.from({ length: 300 }, (_, n) => testArtifact(n))
      // Read while the batch is encoded: after the delivery has begun, before anything is renamed.
      const trap = { ...testArtifact(999), toJSON: () => stopping.abort(reason) }
      const delivery = filesystemTransport({ base_dir, format }).deliver(batch([...artifacts, trap]), stopping.signal)
      expect(await delivery.catch((error: unknown) => error)).to.equal(reason)
      expect(await allFiles(base_dir)).to.deep.equal([])
    }
  })

  it('removes what a killed worker left of a task, and nothing of other tasks', async () => {
    const killed = asideFolder(knownFolders())
    const run = join(base_dir, 'run1')
    const leave = async (taskId: string) => {
      const [path] = await killed.reserve(run, taskId, 1)
      await killed.write(path!, Buffer.from('{"half":'))
      return basename(path!)
    }
    await leave('run1-aws.1.us-east-1.all')
    const foreign = await leave('run1-aws.2.us-east-1.all')
    expect(await visibleFiles(base_dir)).to.deep.equal([])
    await filesystemTransport({ base_dir }).deliver(batch([testArtifact(1)]), signal)
    expect(await readdir(join(run, '.writing'))).to.deep.equal([foreign])
  })

  it('delivers although another worker takes the task over and removes what it has written so far', async () => {
    const transport = filesystemTransport({ base_dir, format: 'json' })
    const artifacts = Array.from({ length: 100 }, (_, n) => testArtifact(n))
    const delivery = transport.deliver(batch(artifacts), signal)
    const other = filesystemTransport({ base_dir, format: 'json' })
    await Promise.all([delivery, other.deliver(batch([testArtifact(1000)], 1), signal)])
    expect(await artifactsIn(base_dir)).to.have.length(101)
  })

  describe('says which path it cannot write, and what to do, when', () => {
    it('a file is where the base folder should be', async () => {
      await rm(base_dir, { recursive: true })
      await writeFile(base_dir, '')
      const error = await failure(filesystemTransport({ base_dir }), batch([testArtifact(1)]))
      expect(error).to.include({ code: 'DELIVERY_FAILED' })
      expect(error.nativeCode).to.match(/^(ENOTDIR|EEXIST)$/)
      expect(error.message).to.contain(base_dir).and.contain('a file is where a folder should be')
    })

    it('a folder is where a file should be', async () => {
      await mkdir(join(base_dir, FILE), { recursive: true })
      const error = await failure(filesystemTransport({ base_dir }), batch([testArtifact(1)]))
      expect(error.code).to.equal('DELIVERY_FAILED')
      expect(error.message).to.contain(FILE).and.contain('a folder is where a file should be')
      expect(await allFiles(base_dir)).to.deep.equal([])
    })

    it('the base folder is not one that anybody may write to', async () => {
      const forbidden = process.platform === 'linux' ? '/proc/cae' : join(base_dir, '\0')
      const error = await failure(filesystemTransport({ base_dir: forbidden }), batch([testArtifact(1)]))
      expect(error.code).to.equal('DELIVERY_FAILED')
      expect(error.message).to.contain(forbidden)
      if (process.platform === 'linux') expect(error.message).to.contain('no folder can be made there')
    })
  })

  describe('checks its base folder', () => {
    it('by a file that it writes and removes, beside what is there', async () => {
      const transport = filesystemTransport({ base_dir })
      await transport.deliver(batch([testArtifact(1)]), signal)
      const before = await readdir(base_dir, { recursive: true })
      expect(await transport.check!(signal)).to.equal(`files in ${base_dir}: one was written, synced and removed`)
      expect(await readdir(base_dir, { recursive: true })).to.deep.equal(before)
    })

    it('also where it is to be made, with those above it, and makes none of them', async () => {
      const nested = filesystemTransport({ base_dir: join(base_dir, 'a', 'b') })
      await nested.check!(signal)
      expect(await readdir(base_dir)).to.deep.equal([])
    })

    it('while others check it and deliver there for the first time', async () => {
      const folder = join(base_dir, 'a', 'b')
      for (let round = 0; round < 20; round++) {
        const transports = [1, 2, 3].map(() => filesystemTransport({ base_dir: folder }))
        await Promise.all([
          ...transports.map((transport) => transport.check!(signal)),
          transports[0]!.deliver(batch([testArtifact(1)]), signal),
        ])
        expect(await artifactsIn(folder)).to.deep.equal([testArtifact(1)])
        await rm(join(base_dir, 'a'), { recursive: true })
      }
    })

    it('and says what a delivery would where it cannot be made or written to', async () => {
      const file = join(base_dir, 'file')
      await writeFile(file, '')
      const forbidden = process.platform === 'linux' ? '/proc/cae' : join(base_dir, '\0')
      for (const folder of [file, join(file, 'below'), forbidden]) {
        const transport = filesystemTransport({ base_dir: folder })
        const { code, nativeCode } = await failure(transport, batch([testArtifact(1)]))
        const error = await transport.check!(signal).catch((thrown: unknown) => thrown)
        expect(error).to.be.instanceOf(ExtractionError).and.include({ code, nativeCode })
        expect((error as ExtractionError).message).to.contain(`cannot write ${folder}`)
      }
      expect(await readdir(base_dir)).to.deep.equal(['file'])
    })

    it('and leaves nothing when it is aborted on the way', async () => {
      const stopping = new AbortController()
      const reason = new Error('stop')
      const checking = filesystemTransport({ base_dir: join(base_dir, 'a') }).check!(stopping.signal)
      stopping.abort(reason)
      expect(await checking.catch((thrown: unknown) => thrown)).to.equal(reason)
      expect(await readdir(base_dir)).to.deep.equal([])
    })
  })

  it('goes on after a failure once the cause is gone', async () => {
    await rm(base_dir, { recursive: true })
    await writeFile(base_dir, '')
    const transport = filesystemTransport({ base_dir })
    await failure(transport, batch([testArtifact(1)]))
    await rm(base_dir)
    await transport.deliver(batch([testArtifact(1)]), signal)
    expect(await artifactsIn(base_dir)).to.deep.equal([testArtifact(1)])
  })

  it('refuses ids that would lead out of the base folder, and writes nothing', async () => {
    const transport = filesystemTransport({ base_dir })
    for (const runId of ['..', '../up', '/tmp', 'a/b', '.hidden', 'con', '']) {
      const error = await failure(transport, batch([testArtifact(1)], 0, runId))
      expect(error.code).to.equal('DELIVERY_REJECTED')
    }
    expect(await readdir(base_dir)).to.deep.equal([])
  })

  it('keeps batches apart that many transports deliver at once', async () => {
    const transports = [1, 2, 3, 4].map(() => filesystemTransport({ base_dir }))
    const deliveries = transports.flatMap((transport, t) =>
      Array.from({ length: 25 }, (_, n) => transport.deliver(batch([testArtifact(t * 100 + n)], t * 100 + n), fresh())),
    )
    await Promise.all(deliveries)
    expect(new Set((await artifactsIn(base_dir)).map(({ metadata }) => metadata.resource_id)).size).to.equal(100)
  })
})

function fresh(): AbortSignal {
  return new AbortController().signal
}
