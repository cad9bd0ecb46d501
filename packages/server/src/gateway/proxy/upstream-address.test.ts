import assert from 'node:assert/strict'
import { test } from 'node:test'
import { guardedLookup, requireUpstream } from './upstream-address.ts'

const addresses: readonly (readonly [string, boolean])[] = [
  ['http://127.0.0.1:3000', true],
  ['http://[::1]:3000', true],
  ['http://10.0.0.7', true],
  ['http://wiki.internal:8080', true],
  ['http://169.253.255.255', true],
  ['http://169.254.0.0', false],
  ['http://169.254.255.255', false],
  ['http://169.255.0.0', true],
  ['http://169.254.169.254.:80', false],
  ['http://0xa9fea9fe', false],
  ['http://[::ffff:a9fe:a9fe]', false],
  ['http://[64:ff9b::a9fe:a9fe]', false],
  ['http://[fe80::1]', false],
  ['http://[febf::1]', false],
  ['http://[fec0::1]', true],
  ['http://[fd00:ec2::254]', false],
  ['http://168.63.129.16', false],
  ['http://100.100.100.200', false],
  ['http://[64:ff9b:1::1]', false],
  ['http://[2002:a9fe:a9fe::1]', false],
  ['http://[::a9fe:a9fe]', false],
  ['http://[fd20:ce::254]', false],
  ['http://0.0.0.0', false],
  ['http://[::]', false],
  ['http://255.255.255.255', false],
  ['http://224.0.0.1', false],
  ['http://[ff02::1]', false],
  ['https://127.0.0.1', false],
  ['http://user@127.0.0.1', false],
  ['http://:secret@127.0.0.1', false],
  ['http://127.0.0.1/x', false],
  ['http://127.0.0.1?x', false],
  ['http://127.0.0.1#x', false],
  ['http://127.0.0.1:0', false],
  ['', false],
]

for (const [address, may] of addresses) {
  test(`an app ${may ? 'may' : 'must not'} listen at ${address}`, () => {
    if (may) requireUpstream(address)
    else assert.throws(() => requireUpstream(address), { name: 'HostMistake', member: 'upstream' })
  })
}

/** How Node asks: for one address, or for all of them. */
async function look(name: string, all: boolean, isOurs: (address: string) => boolean = () => false): Promise<string | undefined> {
  return new Promise((resolve) => {
    guardedLookup(isOurs)(name, { all }, (error, found) => {
      const first = Array.isArray(found) ? found[0]?.address : found
      resolve(error === null ? first : error.code)
    })
  })
}

test('a name that leads where no app may listen is not found, however it is asked for', async () => {
  for (const all of [true, false]) {
    assert.ok(['127.0.0.1', '::1'].includes((await look('localhost', all)) ?? ''))
    for (const name of ['169.254.169.254', 'fe80::1', '0.0.0.0', '::ffff:169.254.169.254', 'fe80::1%lo', 'no such name'])
      assert.equal(await look(name, all), 'ENOTFOUND', name)
    assert.equal(await look('localhost', all, () => true), 'ENOTFOUND')
  }
})
