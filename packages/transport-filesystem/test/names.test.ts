import { posix, win32 } from 'node:path'
import { batchId, ExtractionError, toTask } from '@cae/core'
import { testArtifact } from '@cae/core/testing'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { artifactName, placeOf } from '../src/names.ts'

const AS_OF = '2026-11-01T00:00:00.000Z'
const RESERVED = ['con', 'PRN', 'aux', 'nul', 'com1', 'LPT9', 'con.x', 'nul.tar.gz']
const NASTY = [
  '',
  '.',
  '..',
  '../..',
  '../../etc/passwd',
  '..\\..\\windows',
  '/',
  '/etc',
  'C:\\x',
  'C:',
  '\\\\host\\share',
  'a/../../b',
  'a\0b',
  'a\nb',
  '~',
  '-rf',
  '.hidden',
  'trailing.',
  'trailing ',
  '%2e%2e%2f',
  '。。/',
  '\u2024\u2024/',
  '☃'.repeat(400),
  'x'.repeat(5000),
  '<>:"|?*',
  'file.txt:stream',
  ...RESERVED,
]

// The same numbers in every run, so that a failure can be looked into.
function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

function nastyStrings(count: number): string[] {
  const pieces = [...NASTY, '.', '/', '\\', ':', '..', 'a', '-', '_', ' ', '\t', 'é', '𝒳', '\uD800']
  const roll = dice(1)
  const piece = () => pieces[Math.floor(roll() * pieces.length)]!
  return [...NASTY, ...Array.from({ length: count }, () => Array.from({ length: 1 + roll() * 5 }, piece).join(''))]
}

function expectSafe(name: string): void {
  expect(name).to.match(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/)
  expect(name).to.not.match(/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i)
  expect(name).to.not.match(/[. ]$/)
  expect(Buffer.byteLength(name)).to.be.at.most(200)
  for (const path of [posix, win32]) expect(path.relative('base', path.join('base', name))).to.equal(name)
}

function rejects(act: () => unknown): boolean {
  try {
    act()
    return false
  } catch (error) {
    expect(error).to.be.instanceOf(ExtractionError).and.include({ code: 'DELIVERY_REJECTED' })
    return true
  }
}

describe('names of files', () => {
  it('follow run, provider and the rest of the batch id', () => {
    const slice = { scope: '123456789012', region: 'us-east-1', partition: 'all', query: {} }
    const id = batchId(toTask('run-1', 'aws', AS_OF, slice).id, 42)
    expect(placeOf({ id, runId: 'run-1', taskId: '', artifacts: [] }, '.jsonl')).to.deep.equal({
      run: 'run-1',
      provider: 'aws',
      stem: '123456789012.us-east-1.all-000042',
    })
  })

  it('are safe for every batch that core can name, and different for different batches', () => {
    const names = new Set<string>()
    const scopes = [...new Set(nastyStrings(2000))]
    for (const scope of scopes) {
      const task = toTask('run1', 'gcp', AS_OF, { scope, region: scope, partition: scope, query: {} })
      const place = placeOf({ id: batchId(task.id, 0), runId: 'run1', taskId: task.id, artifacts: [] }, '.jsonl.gz')
      const name = `${place.stem}.jsonl.gz`
      expectSafe(name)
      names.add(name.toLowerCase())
    }
    expect(names.size).to.equal(scopes.length)
  })

  it('are refused or safe for any run id and batch id', () => {
    const strings = nastyStrings(3000)
    let refused = 0
    for (const text of strings) {
      for (const [runId, id] of [
        [text, `${text}-aws.1.global.all-000000`],
        ['run1', text],
        ['run1', `run1-${text}`],
        ['run1', `run1-aws.${text}`],
        ['run1', `run1-${text}.1-000000`],
      ] as const) {
        const bad = rejects(() => {
          const place = placeOf({ id, runId, taskId: id, artifacts: [] }, '.jsonl')
          for (const name of [place.run, place.provider, `${place.stem}.jsonl`]) expectSafe(name)
        })
        if (bad) refused++
      }
    }
    expect(refused).to.be.greaterThan(strings.length)
  })

  it('refuse a batch of another run, of no known provider, or without a task', () => {
    for (const id of [
      'run2-aws.1-000000',
      'run1-ibm.1-000000',
      'run1',
      'run1-aws',
      'run1-aws.',
      'run10-aws.1-000000',
    ]) {
      expect(
        rejects(() => placeOf({ id, runId: 'run1', taskId: '', artifacts: [] }, '.jsonl')),
        id,
      ).to.equal(true)
    }
  })
})

describe('names of artifacts', () => {
  const nameOf = (resource_id: string, runId = 'run1') =>
    artifactName(testArtifact(1, { resource_id, observed_at: AS_OF }), runId, '.json')

  it('say service, type, resource, moment of the run and an id', () => {
    expect(nameOf('arn:aws:ec2:us-east-1:123456789012:instance/i-0abc')).to.match(
      /^ec2_instance_arn-aws-ec2-us-east-1-123456789012-instance-i-0abc_20261101T000000Z_[0-9a-f]{16}\.json$/,
    )
  })

  it('are the same for the same resource of the same run, and differ otherwise', () => {
    expect(nameOf('a/b')).to.equal(nameOf('a/b'))
    expect(nameOf('a/b')).to.not.equal(nameOf('a-b'))
    expect(nameOf('a')).to.not.equal(nameOf('A'))
    expect(nameOf('a')).to.not.equal(nameOf('a', 'run2'))
  })

  it('are safe for any artifact, have five parts, and keep the end of a long id', () => {
    const strings = [...new Set(nastyStrings(3000))]
    const names = new Set<string>()
    for (const text of strings) {
      const artifact = testArtifact(1, { resource_id: text, service: text, observed_at: text })
      const name = artifactName({ ...artifact, resource_type: text }, 'run1', '.json.gz')
      expectSafe(name)
      expect(name.split('_')).to.have.length(5)
      names.add(name.toLowerCase())
    }
    expect(names.size).to.be.at.least(strings.length - strings.filter((text) => text.includes('\uD800')).length)
    expect(nameOf(`/subscriptions/${'x'.repeat(500)}/machines/web-1`)).to.contain('machines-web-1_2026')
  })
})
