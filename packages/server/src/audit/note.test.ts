import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import { test } from 'node:test'
import { utf8 } from '#kernel'
import type { PublicJwk } from '#keys'
import { openCheckpoint, originOf, readCheckpoint, writeCheckpoint } from './checkpoint.ts'
import { noteKey, openNote, readVerifierKey, writeNote, writeVerifierKey, type NoteKey } from './note.ts'
import { leafHash } from './tree.ts'
import type { TenantId } from '#kernel'

/** The key and note of golang.org/x/mod/sumdb/note, which every implementation is held against. */
const publishedKey = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
const publishedText = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
const publishedNote = `${publishedText}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`

function known(text: string): NoteKey {
  const key = readVerifierKey(text)
  assert.ok(key)
  return key
}

test('the published key is read and written in the same letters', () => {
  assert.equal(writeVerifierKey(known(publishedKey)), publishedKey)
})

test('the published note opens under its key', () => {
  const opened = openNote(publishedNote, [known(publishedKey)])
  assert.equal(opened?.text, publishedText)
  assert.equal(opened?.signedBy?.name, 'PeterNeumann')
})

test('any cut out of the published key is no key', () => {
  for (let first = 0; first <= publishedKey.length; first++) {
    for (let end = first; end <= publishedKey.length; end++) {
      const part = publishedKey.slice(first, end)
      if (part !== publishedKey) assert.equal(readVerifierKey(part), undefined, part)
    }
  }
})

const altered = [
  { says: 'a letter of its text changed', note: publishedNote.replace('cryptography', 'cryptographY'), opens: true },
  { says: 'a letter of its signature changed', note: publishedNote.replace('x08go/ZJ', 'x08go/ZK'), opens: true },
  { says: 'no empty line', note: publishedNote.replace('\n\n', '\n'), opens: false },
  { says: 'no newline at its end', note: publishedNote.slice(0, -1), opens: false },
  { says: 'no signature', note: `${publishedText}\n`, opens: false },
  { says: 'a hyphen for the dash', note: publishedNote.replace('—', '-'), opens: false },
  { says: 'a tab', note: publishedNote.replace('If you', 'If\tyou'), opens: false },
  { says: 'base64 in another spelling', note: publishedNote.replace('JnAM=', 'JnAM'), opens: false },
  { says: 'more than 16 KiB', note: publishedNote + publishedNote.slice(publishedText.length + 1).repeat(200), opens: false },
]

for (const { says, note, opens } of altered) {
  test(`the published note with ${says} is not signed`, () => {
    const opened = openNote(note, [known(publishedKey)])
    assert.equal(opened !== undefined, opens)
    assert.equal(opened?.signedBy, undefined)
  })
}

test('signature lines of keys that we do not know are passed over', () => {
  const witness = '— witness.example/w1 AAAAAGFub3RoZXIgc2lnbmF0dXJl\n'
  const note = publishedNote.replace('\n— P', `\n${witness}— P`)
  assert.equal(openNote(note, [known(publishedKey)])?.signedBy?.name, 'PeterNeumann')
  assert.equal(openNote(note, [])?.signedBy, undefined)
})

const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const jwk: PublicJwk = { ...publicKey.export({ format: 'jwk' }), kty: 'OKP', kid: 'k', alg: 'EdDSA', use: 'sig' }
const origin = originOf('id.example', 'ten_0000000000000000000001' as TenantId)

function signed(text: string, name = origin): string {
  const key = noteKey(name, jwk)
  assert.ok(key)
  return writeNote(text, key, sign(null, utf8(text), privateKey))
}

function keys(): readonly NoteKey[] {
  const key = noteKey(origin, jwk)
  return key === undefined ? [] : [key]
}

const root = leafHash('one')
const text = writeCheckpoint({ origin, size: 1, root })

test('a checkpoint is three lines: origin, size, root', () => {
  assert.equal(text, `id.example/audit/ten_0000000000000000000001\n1\n${Buffer.from(root).toString('base64')}\n`)
  assert.deepEqual(openCheckpoint(signed(text), origin, keys()), {
    is: 'checkpoint',
    checkpoint: { origin, size: 1, root: Buffer.from(root) },
    keyId: jwk.kid,
  })
})

test('extension lines of others are passed over', () => {
  assert.equal(readCheckpoint(`${text}more\n`)?.size, 1)
})

const wrong = [
  { says: 'is of another log', note: signed(text.replace('id.example', 'other.example')), is: 'of another log' },
  { says: 'is signed under another name', note: signed(text, 'id.example/other'), is: 'not signed by this log' },
  { says: 'has a leading zero', note: signed(text.replace('\n1\n', '\n01\n')), is: 'malformed' },
  { says: 'has a negative size', note: signed(text.replace('\n1\n', '\n-1\n')), is: 'malformed' },
  { says: 'has a size beyond all counting', note: signed(text.replace('\n1\n', '\n9999999999999999\n')), is: 'malformed' },
  { says: 'has a short root', note: signed(text.replace(/\n[^\n]+\n$/, '\nAAAA\n')), is: 'malformed' },
  { says: 'has no root', note: signed(`${origin}\n1\n`), is: 'malformed' },
  { says: 'has an empty line in its text', note: signed(`${text}\nmore\n`), is: 'malformed' },
  { says: 'is not a note', note: 'hello', is: 'malformed' },
] as const

for (const { says, note, is } of wrong) {
  test(`a checkpoint that ${says} is ${is}`, () => {
    assert.deepEqual(openCheckpoint(note, origin, keys()), { is })
  })
}

test('a key under a name with spaces, a plus sign or nothing at all is no key of a note', () => {
  for (const name of ['', 'a b', 'a+b', 'a\nb', 'a\u00a0b', 'x'.repeat(513)]) assert.equal(noteKey(name, jwk), undefined, name)
  assert.ok(noteKey('x'.repeat(512), jwk))
  assert.equal(noteKey('x', { ...jwk, crv: 'X25519' }), undefined)
  assert.equal(noteKey('x', { ...jwk, x: 'AAAA' }), undefined)
})
