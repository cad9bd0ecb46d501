/** The socket of the machine's owner: for the owner, and for nobody on the network. @module */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { request as plainRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { listenForOwner } from '#http'
import { exchange } from '../http-raw.ts'
import { openListener } from '../listener.ts'

function ownFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-socket-'))
  chmodSync(folder, 0o700)
  return folder
}

test('the socket of the owner is for the owner, and says so', async () => {
  const { served, presented } = await openListener({}, {})
  const path = join(ownFolder(), 'admin.sock')
  const listener = await listenForOwner(served.server, path)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  const status = await new Promise((resolve, reject) => {
    const out = plainRequest({ socketPath: path, path: '/', agent: false })
    out.once('response', (answer) => resolve(answer.resume().statusCode))
    out.once('error', reject)
    out.end()
  })
  assert.equal(status, 200)
  assert.equal(presented[0]?.via, 'socket')
  assert.equal(presented[0].address, 'local')
  await assert.rejects(listenForOwner(served.server, path), /Another server is listening/)
  await listener.drain(1_000)
})

test('nobody on the network is taken for the owner', async () => {
  const { listener, presented } = await openListener({}, {})
  await exchange(listener.port, 'GET / HTTP/1.1\r\nHost: localhost:9000\r\nConnection: close\r\nX-Via: socket\r\n\r\n')
  assert.equal(presented[0]?.via, 'network')
})

const places: readonly { says: string; make: (folder: string) => string; sentence: RegExp }[] = [
  {
    says: 'in a folder that others may enter',
    make: (folder) => (chmodSync(folder, 0o711), join(folder, 'a.sock')),
    sentence: /must be for its owner only/,
  },
  {
    says: 'behind a link',
    make: (folder) => {
      mkdirSync(join(folder, 'real'), { mode: 0o700 })
      symlinkSync(join(folder, 'real'), join(folder, 'link'))
      return join(folder, 'link', 'a.sock')
    },
    sentence: /is no directory/,
  },
  {
    says: 'where a file lies',
    make: (folder) => (writeFileSync(join(folder, 'a.sock'), 'precious'), join(folder, 'a.sock')),
    sentence: /is in the way/,
  },
  { says: 'with a path that is too long', make: (folder) => join(folder, 'x'.repeat(100)), sentence: /is longer than 103 bytes/ },
]
for (const { says, make, sentence } of places) {
  test(`the owner's socket is not opened ${says}`, async () => {
    const { served } = await openListener({}, {})
    await assert.rejects(listenForOwner(served.server, make(ownFolder())), (error: Error) => sentence.test(error.message))
  })
}

test('a socket that a dead server left is taken over', async () => {
  const path = join(ownFolder(), 'admin.sock')
  const leave = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`
  spawnSync(process.execPath, ['-e', leave, path])
  assert.ok(statSync(path).isSocket())
  const { served } = await openListener({}, {})
  const listener = await listenForOwner(served.server, path)
  await listener.drain(0)
})
