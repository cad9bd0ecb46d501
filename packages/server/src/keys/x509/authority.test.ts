import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { makeAuthority } from './authority.ts'
import { integer, oid, pem, sequence, tagged, text, time } from './der.ts'

const life = { fromMs: Date.UTC(2026, 0, 2, 3, 4, 5), untilMs: Date.UTC(2051, 0, 1) }
const hex = (bytes: Buffer): string => bytes.toString('hex')

/** Examples of X.690: sections 8.1.3.5, 8.9.2, 8.19.5, and the two forms of a time of RFC 5280. */
const encodings = [
  { says: 'an object identifier', got: oid('2.999.3'), want: '0603883703' },
  { says: 'an object identifier of one byte an arc', got: oid('1.2.840.113549'), want: '06062a864886f70d' },
  { says: 'a sequence', got: sequence(integer(Buffer.from([1])), text('Smith')), want: '300a0201010c05536d697468' },
  { says: 'a length of two bytes', got: tagged(0x04, Buffer.alloc(201)).subarray(0, 3), want: '0481c9' },
  { says: 'a length of three bytes', got: tagged(0x04, Buffer.alloc(256)).subarray(0, 4), want: '04820100' },
  { says: 'a time before 2050', got: time(Date.UTC(2049, 11, 31, 23, 59, 59)), want: hex(Buffer.from('\x17\x0d491231235959Z')) },
  { says: 'a time from 2050 on', got: time(Date.UTC(2050, 0, 1)), want: hex(Buffer.from('\x18\x0f20500101000000Z')) },
]

for (const { says, got, want } of encodings) test(`${says} is written as X.690 has it`, () => assert.equal(hex(got), want))

test('what is too long to be written is refused', () => assert.throws(() => tagged(0x04, Buffer.alloc(0x1_0000)), RangeError))

test('PEM has lines of 64 characters', () => {
  assert.equal(pem('X', Buffer.alloc(49)).split('\n')[1]?.length, 64)
})

test('a server’s certificate is for its names and addresses, from the authority, and for as long as it says', () => {
  const authority = makeAuthority('Authority', life)
  const root = new X509Certificate(authority.certificate)
  const { certificate, key } = authority.issue({ hosts: ['id.example', '127.0.0.1', '::1'] }, { ...life, untilMs: life.fromMs + 1_000 })
  const leaf = new X509Certificate(certificate)
  assert.ok(root.ca && root.verify(root.publicKey) && root.checkIssued(root))
  assert.ok(!leaf.ca && leaf.verify(root.publicKey) && leaf.checkIssued(root))
  assert.equal(leaf.checkHost('id.example'), 'id.example')
  assert.deepEqual([leaf.checkIP('127.0.0.1'), leaf.checkIP('::1')], ['127.0.0.1', '::1'])
  assert.deepEqual([leaf.checkHost('other.example'), leaf.checkIP('127.0.0.2')], [undefined, undefined])
  assert.deepEqual([leaf.validFromDate.getTime(), leaf.validToDate.getTime()], [life.fromMs, life.fromMs + 1_000])
  assert.equal(root.validToDate.getTime(), life.untilMs)
  assert.match(key, /^-----BEGIN PRIVATE KEY-----/)
})

test('a client’s certificate names it and is for no server', () => {
  const leaf = new X509Certificate(makeAuthority('Authority', life).issue({ client: 'runner' }).certificate)
  assert.equal(leaf.subject, 'CN=runner')
  assert.deepEqual(leaf.keyUsage, ['1.3.6.1.5.5.7.3.2'])
  assert.equal(leaf.subjectAltName, undefined)
})

test('an authority below another is vouched for by it', () => {
  const authority = makeAuthority('Above', life)
  const below = authority.intermediate('Below')
  assert.ok(new X509Certificate(below.certificate).verify(new X509Certificate(authority.certificate).publicKey))
})
