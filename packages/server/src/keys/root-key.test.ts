import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { inspect } from 'node:util'
import { base64url, Secret } from '#kernel'
import { KeyMistake } from './mistakes.ts'
import { createRootKey, readRootKey } from './root-key.ts'

const folder = mkdtempSync(join(tmpdir(), 'countersign-root-key-'))
after(() => rmSync(folder, { recursive: true }))

const key = base64url(Buffer.alloc(32, 7))
const right = `countersign-root-1:${key}\n`

let files = 0
function file(content: string | Buffer, mode = 0o600): string {
  const path = join(folder, `root-${(files += 1)}.key`)
  writeFileSync(path, content)
  chmodSync(path, mode)
  return path
}

function mistakeOf(attempt: () => unknown): KeyMistake {
  try {
    attempt()
  } catch (error) {
    assert.ok(error instanceof KeyMistake, inspect(error))
    return error
  }
  return assert.fail('nothing was thrown')
}

test('a root key that was made is read back, and is on disk with mode 0600', () => {
  const path = join(folder, 'made.key')
  createRootKey(path)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.match(readFileSync(path, 'utf8'), /^countersign-root-1:[A-Za-z0-9_-]{43}\n$/)
  assert.equal(`countersign-root-1:${base64url(readRootKey(path).reveal())}\n`, readFileSync(path, 'utf8'))
})

test('two root keys are never the same', () => {
  const paths = ['one.key', 'two.key'].map((name) => join(folder, name))
  for (const path of paths) createRootKey(path)
  assert.equal(new Set(paths.map((path) => readFileSync(path, 'utf8'))).size, 2)
})

test('a root key is never replaced', () => {
  const path = file(right)
  assert.equal(mistakeOf(() => createRootKey(path)).code, 'keys.root_key_exists')
  assert.equal(readFileSync(path, 'utf8'), right)
})

test('a root key is not made through a dangling link either', () => {
  const link = join(folder, 'dangling.key')
  symlinkSync(join(folder, 'nowhere.key'), link)
  assert.equal(mistakeOf(() => createRootKey(link)).code, 'keys.root_key_exists')
})

test('a folder that is not there is one clear sentence', () => {
  const mistake = mistakeOf(() => createRootKey(join(folder, 'no', 'root.key')))
  assert.equal(mistake.code, 'keys.root_key_not_written')
  assert.match(mistake.message, /^The root key could not be written to .+\.$/)
})

const malformed = [
  { says: 'an empty file', content: '' },
  { says: 'the key alone', content: `${key}\n` },
  { says: 'another version', content: `countersign-root-2:${key}\n` },
  { says: 'no line feed', content: right.slice(0, -1) },
  { says: 'a carriage return', content: `${right.slice(0, -1)}\r\n` },
  { says: 'two line feeds', content: `${right}\n` },
  { says: 'a byte order mark', content: `\ufeff${right}` },
  { says: '31 bytes', content: `countersign-root-1:${base64url(Buffer.alloc(31, 7))}\n` },
  { says: '33 bytes', content: `countersign-root-1:${base64url(Buffer.alloc(33, 7))}\n` },
  { says: 'a second spelling of 32 bytes', content: `countersign-root-1:${key.slice(0, -1)}d\n` },
  { says: 'base64 with padding', content: `countersign-root-1:${key}=\n` },
  { says: 'bytes that are no text', content: Buffer.alloc(63, 0xff) },
  { says: 'a megabyte', content: 'a'.repeat(1_000_000) },
]

for (const { says, content } of malformed) {
  test(`${says} is not a root key, and the sentence shows nothing of it`, () => {
    const mistake = mistakeOf(() => readRootKey(file(content)))
    assert.equal(mistake.code, 'keys.root_key_malformed')
    assert.ok(!inspect(mistake).includes(key.slice(0, 12)))
  })
}

test('the file of the malformed ones would be right without its fault', () => {
  assert.deepEqual([...readRootKey(file(right)).reveal()], [...Buffer.alloc(32, 7)])
})

for (const mode of [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o666]) {
  test(`a root key of mode ${mode.toString(8)} is refused`, () => {
    assert.equal(mistakeOf(() => readRootKey(file(right, mode))).code, 'keys.root_key_open_to_others')
  })
}

for (const mode of [0o600, 0o400]) {
  test(`a root key of mode ${mode.toString(8)} is read`, () => assert.ok(readRootKey(file(right, mode)) instanceof Secret))
}

test('a missing file and a folder are mistakes of their own', () => {
  assert.equal(mistakeOf(() => readRootKey(join(folder, 'absent.key'))).code, 'keys.root_key_missing')
  const path = join(folder, 'folder.key')
  mkdirSync(path, { mode: 0o700 })
  assert.equal(mistakeOf(() => readRootKey(path)).code, 'keys.root_key_malformed')
})

test('a link to a root key is followed, as orchestrators mount secrets that way', () => {
  const link = join(folder, 'link.key')
  symlinkSync(file(right), link)
  assert.ok(readRootKey(link) instanceof Secret)
})

test('a root key does not print', () => {
  const secret = readRootKey(file(right))
  assert.ok(!`${inspect(secret)} ${JSON.stringify({ secret })} ${String(secret)}`.includes('7'))
})
