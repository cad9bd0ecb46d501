/**
 * A certificate authority that lives as long as the process: X.509 version 3
 * (RFC 5280) with ECDSA over P-256. For what is tried out under https on one
 * machine; its key is never written down.
 *
 * @module
 */

import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { randomBytes } from '#kernel'
import { bitString, boolean, integer, octets, oid, pem, sequence, tagged, text, time } from './der.ts'

export interface Issued {
  /** PEM. */
  readonly certificate: string
  /** PEM, PKCS #8. */
  readonly key: string
}

/** When a certificate is good, in milliseconds since the Unix epoch. */
export interface Life {
  readonly fromMs: number
  readonly untilMs: number
}

/** Whom a certificate is for: a server by its names and addresses, or a client by its common name. */
export type CertificateSubject = { readonly hosts: readonly string[] } | { readonly client: string }

export interface Authority {
  /** PEM of the authority itself. */
  readonly certificate: string
  /** A key and a certificate for it. */
  issue(subject: CertificateSubject, life?: Life): Issued
  /** An authority that this one vouches for. */
  intermediate(name: string): Authority
}

interface KeyPair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

/** `life` is the authority's own, and that of what it issues unless another is said. */
export function makeAuthority(name: string, life: Life, above?: { readonly name: string; readonly keys: KeyPair }): Authority {
  const keys = newKeyPair()
  const signer = above ?? { name, keys }
  const own = certify(signer, { name, key: keys.publicKey, extensions: authorityExtensions(keys.publicKey), life })
  return {
    certificate: pem('CERTIFICATE', own),
    intermediate: (below) => makeAuthority(below, life, { name, keys }),
    issue: (subject, asked = life) => {
      const leaf = newKeyPair()
      const issued = certify(
        { name, keys },
        {
          name: 'client' in subject ? subject.client : (subject.hosts[0] ?? ''),
          key: leaf.publicKey,
          extensions: leafExtensions(subject, keys.publicKey),
          life: asked,
        },
      )
      return { certificate: pem('CERTIFICATE', issued), key: leaf.privateKey.export({ format: 'pem', type: 'pkcs8' }) }
    },
  }
}

/** RFC 5280 section 4.2.1: what a certificate may be used for. */
const extensionIds = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extKeyUsage: '2.5.29.37',
} as const

const serverAuth = '1.3.6.1.5.5.7.3.1'
const clientAuth = '1.3.6.1.5.5.7.3.2'
const ecdsaWithSha256 = '1.2.840.10045.4.3.2'
const commonName = '2.5.4.3'

function authorityExtensions(key: KeyObject): readonly Buffer[] {
  return [
    extension('basicConstraints', true, sequence(boolean(true))),
    // keyCertSign and cRLSign.
    extension('keyUsage', true, bitString(Buffer.from([0x06]), 1)),
    extension('subjectKeyIdentifier', false, octets(keyIdentifier(key))),
  ]
}

function leafExtensions(subject: CertificateSubject, authority: KeyObject): readonly Buffer[] {
  return [
    extension('basicConstraints', true, sequence()),
    // digitalSignature.
    extension('keyUsage', true, bitString(Buffer.from([0x80]), 7)),
    extension('extKeyUsage', false, sequence(oid('client' in subject ? clientAuth : serverAuth))),
    extension('authorityKeyIdentifier', false, sequence(tagged(0x80, keyIdentifier(authority)))),
    ...('client' in subject ? [] : [extension('subjectAltName', false, sequence(...subject.hosts.map(alternativeName)))]),
  ]
}

interface Subject {
  readonly name: string
  readonly key: KeyObject
  readonly extensions: readonly Buffer[]
  readonly life: Life
}

/** RFC 5280 section 4.1. */
function certify(signer: { readonly name: string; readonly keys: KeyPair }, { name, key, extensions, life }: Subject): Buffer {
  const algorithm = sequence(oid(ecdsaWithSha256))
  const body = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    // Sixteen bytes, positive and not short.
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    distinguishedName(signer.name),
    sequence(time(life.fromMs), time(life.untilMs)),
    distinguishedName(name),
    key.export({ format: 'der', type: 'spki' }),
    tagged(0xa3, sequence(...extensions)),
  )
  return sequence(body, algorithm, bitString(sign('sha256', body, signer.keys.privateKey), 0))
}

function extension(name: keyof typeof extensionIds, critical: boolean, value: Buffer): Buffer {
  return sequence(oid(extensionIds[name]), ...(critical ? [boolean(true)] : []), octets(value))
}

/** Section 4.2.1.2: any name of the key will do. */
function keyIdentifier(key: KeyObject): Buffer {
  return createHash('sha1')
    .update(key.export({ format: 'der', type: 'spki' }))
    .digest()
}

/** A name, an IPv4 address, or the IPv6 address of this machine itself. */
function alternativeName(host: string): Buffer {
  if (/^[0-9]{1,3}(\.[0-9]{1,3}){3}$/.test(host)) return tagged(0x87, Buffer.from(host.split('.').map(Number)))
  if (host === '::1') return tagged(0x87, Buffer.from([...Array.from({ length: 15 }, () => 0), 1]))
  return tagged(0x82, Buffer.from(host, 'ascii'))
}

function distinguishedName(of: string): Buffer {
  return sequence(tagged(0x31, sequence(oid(commonName), text(of))))
}

function newKeyPair(): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}
