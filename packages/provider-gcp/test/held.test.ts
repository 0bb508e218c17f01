import { protos } from '@google-cloud/asset'
import { expect } from 'chai'
import { afterEach, describe, it } from 'mocha'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { indexAssets } from '../src/decode/decode.ts'
import { createHeld, type Held } from '../src/read/held.ts'
import { createSpool } from '../src/read/spool.ts'

const { ListAssetsResponse } = protos.google.cloud.asset.v1
const page = (names: readonly string[], role = 'r') =>
  indexAssets(
    ListAssetsResponse.encode({
      assets: names.map((name) => ({ name, assetType: 't', iamPolicy: { bindings: [{ role, members: [name] }] } })),
    }).finish(),
  )

describe('policies that are held', () => {
  const open: Held[] = []
  const make = (inMemory?: number) => {
    const held = createHeld(createSpool(inMemory))
    open.push(held)
    return held
  }
  afterEach(async () => {
    for (const held of open.splice(0)) await held.close()
  })
  const numbered = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => `//x/${from + n}`)

  // In memory, on disk, and some of each.
  for (const inMemory of [undefined, 0, 60_000]) {
    it(`come back by name with ${inMemory ?? 'all'} bytes in memory, and those that nobody claims at the end`, async () => {
      const held = make(inMemory)
      for (let n = 0; n < 3; n++) await held.add(page(numbered(n * 1000, n * 1000 + 1000)))
      const claims = held.claimsFrom('0')
      for (const name of numbered(0, 2990)) {
        const [asset] = await claims.take(name)
        expect(asset!.name).to.equal(name)
        expect(asset!.iamPolicy).to.deep.equal({ bindings: [{ role: 'r', members: [name] }] })
      }
      expect(await claims.take('//y')).to.deep.equal([])
      const rest = [...(await held.unclaimed(0, 4)), ...(await held.unclaimed(4, 100))].flat()
      expect(rest.map(({ name }) => name).toSorted()).to.deep.equal(numbered(2990, 3000))
      if (inMemory !== undefined) expect(held.memory()).to.be.lessThan(400_000)
    })
  }

  it('keep all assets of a name, in their order', async () => {
    const held = make()
    await held.add(page(['//a', '//b'], 'one'))
    await held.add(page(['//a'], 'two'))
    const roles = (await held.claimsFrom('0').take('//a')).map(({ iamPolicy }) => JSON.stringify(iamPolicy))
    expect(roles.map((role) => /one|two/.exec(role)![0])).to.deep.equal(['one', 'two'])
  })

  it('tell by a fingerprint whether all have been claimed, whoever claimed them in whichever order', async () => {
    const first = make()
    await first.add(page(numbered(0, 100)))
    const other = make()
    await other.add(page(numbered(50, 100).toReversed()))
    await other.add(page(numbered(0, 50)))
    expect(other.all()).to.equal(first.all())
    const seen = first.claimsFrom('0')
    for (const name of numbered(0, 60)) void seen.take(name)
    expect(first.claimed()).to.equal(seen.fingerprint())
    const later = other.claimsFrom(seen.fingerprint())
    for (const name of [...numbered(60, 99), '//unknown']) void later.take(name)
    expect(later.fingerprint()).to.not.equal(other.all())
    void later.take('//x/99')
    expect(later.fingerprint()).to.equal(other.all())
    expect(other.claimed()).to.not.equal(other.all())
    for (const name of numbered(0, 60)) other.touch(name)
    expect(other.claimed()).to.equal(other.all())
  })

  it('are there at once where they are in memory', async () => {
    const held = make()
    await held.add(page(['//a']))
    expect(held.claimsFrom('0').take('//a')).to.be.an('array').of.length(1)
  })

  it('leave no file behind', async () => {
    const held = make(0)
    await held.add(page(['//a']))
    expect((await readdir(tmpdir())).filter((name) => name.startsWith('cae-gcp-'))).to.deep.equal([])
  })

  it('are never made up where the file ends too early', async () => {
    const spool = createSpool(0)
    await spool.append(new Uint8Array(10).fill(7))
    expect([...(await spool.read(8, 2))]).to.deep.equal([7, 7])
    const thrown = await Promise.resolve(spool.read(8, 3)).catch((reason: unknown) => reason)
    await spool.close()
    expect(thrown).to.include({ code: 'INTERNAL' })
  })

  it('say what is wrong with a folder that cannot be written to', async () => {
    const spool = createSpool(0, '/nowhere')
    const thrown = await spool.append(new Uint8Array(1)).catch((reason: unknown) => reason)
    expect(thrown).to.include({ code: 'INTERNAL' })
    expect((thrown as Error).message).to.match(/temporary folder.*ENOENT/)
  })
})
