/**
 * A certificate authority for tests: X.509 version 3 (RFC 5280) with ECDSA P-256,
 * written by hand because Node can read certificates and not make them.
 *
 * @module
 */

import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Issued {
  /** PEM, leaf first. */
  readonly certificate: string
  /** PEM, PKCS #8. */
  readonly key: string
}

export interface Authority {
  /** PEM of the authority itself. */
  readonly certificate: string
  /** A certificate for host names and addresses, or for a client by its name. */
  issue(subject: { readonly hosts: readonly string[] } | { readonly client: string }, life?: Life): Issued
  /** An authority that this one vouches for. */
  intermediate(name: string): Authority
}

/** When a certificate is good. Thirty days from yesterday on when absent. */
export interface Life {
  readonly fromMs: number
  readonly untilMs: number
}

const dayMs = 86_400_000

interface KeyPair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

export function makeAuthority(name: string = 'Test authority', above?: { readonly name: string; readonly keys: KeyPair }): Authority {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const authorityOnly = [
    extension('2.5.29.19', true, sequence(boolean(true))),
    extension('2.5.29.15', true, bitString(Buffer.from([0x06]), 1)),
    extension('2.5.29.14', false, octets(keyIdentifier(keys.publicKey))),
  ]
  const signer = above ?? { name, keys }
  const certificate = pem('CERTIFICATE', certify(signer.name, signer.keys.privateKey, name, keys.publicKey, authorityOnly))
  return {
    certificate,
    intermediate: (below) => makeAuthority(below, { name, keys }),
    issue: (subject, life) => {
      const own = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const isClient = 'client' in subject
      const purpose = isClient ? '1.3.6.1.5.5.7.3.2' : '1.3.6.1.5.5.7.3.1'
      const der = certify(
        name,
        keys.privateKey,
        isClient ? subject.client : (subject.hosts[0] ?? ''),
        own.publicKey,
        [
          extension('2.5.29.19', true, sequence()),
          extension('2.5.29.15', true, bitString(Buffer.from([0x80]), 7)),
          extension('2.5.29.37', false, sequence(oid(purpose))),
          extension('2.5.29.35', false, sequence(tagged(0x80, keyIdentifier(keys.publicKey)))),
          ...(isClient ? [] : [extension('2.5.29.17', false, sequence(...subject.hosts.map(alternativeName)))]),
        ],
        life,
      )
      return {
        certificate: pem('CERTIFICATE', der),
        key: own.privateKey.export({ format: 'pem', type: 'pkcs8' }),
      }
    },
  }
}

/** Writes what was issued where a listener reads it. */
export function writeIssued(
  issued: Issued,
  folder: string = mkdtempSync(join(tmpdir(), 'countersign-tls-')),
): {
  readonly certificateFile: string
  readonly keyFile: string
} {
  const files = { certificateFile: join(folder, 'certificate.pem'), keyFile: join(folder, 'key.pem') }
  writeFileSync(files.certificateFile, issued.certificate)
  writeFileSync(files.keyFile, issued.key, { mode: 0o600 })
  return files
}

function certify(issuer: string, signer: KeyObject, subject: string, key: KeyObject, extensions: readonly Buffer[], life?: Life): Buffer {
  const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'))
  const now = Date.now()
  const { fromMs, untilMs } = life ?? { fromMs: now - dayMs, untilMs: now + 30 * dayMs }
  const body = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ecdsaWithSha256,
    commonName(issuer),
    sequence(time(fromMs), time(untilMs)),
    commonName(subject),
    key.export({ format: 'der', type: 'spki' }),
    tagged(0xa3, sequence(...extensions)),
  )
  return sequence(body, ecdsaWithSha256, bitString(sign('sha256', body, signer), 0))
}

function keyIdentifier(key: KeyObject): Buffer {
  return createHash('sha1')
    .update(key.export({ format: 'der', type: 'spki' }))
    .digest()
}

function alternativeName(host: string): Buffer {
  if (isIP(host) === 4) return tagged(0x87, Buffer.from(host.split('.').map(Number)))
  if (host === '::1') return tagged(0x87, Buffer.from([...Array.from({ length: 15 }, () => 0), 1]))
  return tagged(0x82, Buffer.from(host, 'ascii'))
}

function commonName(text: string): Buffer {
  return sequence(tagged(0x31, sequence(oid('2.5.4.3'), tagged(0x0c, Buffer.from(text, 'utf8')))))
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value))
}

function time(ms: number): Buffer {
  return tagged(0x18, Buffer.from(`${new Date(ms).toISOString().replaceAll(/[-:T]|\..*/g, '')}Z`, 'ascii'))
}

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  const bytes = [first * 40 + second]
  for (const arc of rest) {
    const digits = [arc & 0x7f]
    for (let left = arc >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80)
    bytes.push(...digits)
  }
  return tagged(0x06, Buffer.from(bytes))
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts))
}

function integer(bytes: Buffer): Buffer {
  return tagged(0x02, bytes)
}

function boolean(value: boolean): Buffer {
  return tagged(0x01, Buffer.from([value ? 0xff : 0]))
}

function octets(bytes: Buffer): Buffer {
  return tagged(0x04, bytes)
}

function bitString(bytes: Buffer, unusedBits: number): Buffer {
  return tagged(0x03, Buffer.concat([Buffer.from([unusedBits]), bytes]))
}

/** X.690 section 8.1: a tag, the length, the content. */
function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content
  const long = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...long]), content])
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
