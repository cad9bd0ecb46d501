/**
 * The certificate that a client shows: whose it is, and who vouches for it
 * (RFC 8705, RFC 5280). That the client holds its key, TLS has found out.
 *
 * @module
 */

import { X509Certificate } from 'node:crypto'
import { base64url, sha256 } from '#kernel'
import { readEncodedName, type NormalName } from './distinguished-name.ts'
import { readElements, readOid, type Element } from './read-der.ts'

export interface ClientCertificate {
  /** SHA-256 of its DER in base64url: `x5t#S256`, RFC 8705 section 3.1. */
  readonly thumbprint: string
  readonly subject: NormalName | undefined
  readonly dns: readonly string[]
  readonly uris: readonly string[]
  /** As OpenSSL and browsers write them. */
  readonly ips: readonly string[]
  readonly emails: readonly string[]
  /** Whether one of these (PEM) issued it, and both are good now. Whoever issues has to be among them: what a client sends beside is not looked at. */
  isVouchedFor(authorities: readonly string[], nowMs: number): boolean
}

/** RFC 5280 section 4.2.1.12. */
const clientAuth = '1.3.6.1.5.5.7.3.2'

/** Larger than any certificate that a client needs. */
const mostBytes = 16_384

/** Undefined for what is no certificate. */
export function readClientCertificate(der: Uint8Array): ClientCertificate | undefined {
  const certificate = der.byteLength > mostBytes ? undefined : parse(der)
  // A certificate may be followed by anything, and its thumbprint be another then.
  if (certificate === undefined || !certificate.raw.equals(der)) return undefined
  const body = bodyOf(certificate.raw)
  const names = alternativeNames(body)
  const named = (tag: number): readonly string[] =>
    names.filter((name) => name.tag === tag).map(({ content }) => Buffer.from(content).toString('latin1'))
  return {
    thumbprint: base64url(sha256(certificate.raw)),
    subject: subjectOf(body),
    dns: named(0x82),
    uris: named(0x86),
    ips: names.filter(({ tag }) => tag === 0x87).flatMap(({ content }) => addressOf(content) ?? []),
    emails: named(0x81),
    isVouchedFor: (authorities, nowMs) => isGood(certificate, nowMs) && authorities.some((pem) => issued(pem, certificate, nowMs)),
  }
}

function issued(pem: string, certificate: X509Certificate, nowMs: number): boolean {
  const authority = parse(pem)
  if (authority?.ca !== true || !isTimely(authority, nowMs)) return false
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey)
}

/** An authority is no client, and a certificate for something else is none for a client. */
function isGood(certificate: X509Certificate, nowMs: number): boolean {
  const usages = certificate.keyUsage as readonly string[] | undefined
  return !certificate.ca && isTimely(certificate, nowMs) && (usages === undefined || usages.includes(clientAuth))
}

function isTimely({ validFromDate, validToDate }: X509Certificate, nowMs: number): boolean {
  return validFromDate.getTime() <= nowMs && nowMs <= validToDate.getTime()
}

/** An address as everybody writes it, from how somebody registered it. Undefined for what is none. */
export function readIpName(text: string): string | undefined {
  const host = URL.parse(`http://${text.includes(':') ? `[${text}]` : text}/`)?.hostname ?? ''
  if (text.includes(':')) return host.startsWith('[') ? host.slice(1, -1) : undefined
  return /^[0-9.]+$/.test(text) && host === text ? text : undefined
}

function addressOf(content: Uint8Array): string | undefined {
  if (content.length === 4) return content.join('.')
  return content.length === 16 ? readIpName((Buffer.from(content).toString('hex').match(/.{4}/g) ?? []).join(':')) : undefined
}

/** RFC 5280 section 4.1: what is signed. */
function bodyOf(der: Uint8Array): readonly Element[] {
  const [whole] = readElements(der) ?? []
  const [body] = (whole && readElements(whole.content)) ?? []
  const parts = (body && readElements(body.content)) ?? []
  // The version is left out where it is the first one.
  return parts[0]?.tag === 0xa0 ? parts.slice(1) : parts
}

/** Serial number, algorithm, issuer, validity, subject. */
function subjectOf(body: readonly Element[]): NormalName | undefined {
  const subject = body[4]
  return subject && readEncodedName(subject.content)
}

function alternativeNames(body: readonly Element[]): readonly Element[] {
  const wrapped = body.find(({ tag }) => tag === 0xa3)
  const [list] = (wrapped && readElements(wrapped.content)) ?? []
  for (const extension of (list && readElements(list.content)) ?? []) {
    const parts = readElements(extension.content) ?? []
    const [id] = parts
    const value = parts.at(-1)
    if (id === undefined || value === undefined || readOid(id.content) !== '2.5.29.17') continue
    const [names] = readElements(value.content) ?? []
    return (names && readElements(names.content)) ?? []
  }
  return []
}

function parse(encoded: string | Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(encoded)
  } catch {
    return undefined
  }
}

/** The certificate of a key that somebody registers (`x5c`, RFC 7517 section 4.7), in base64. Undefined for what is none, `another` for one of another key. */
export function readKeyCertificate(chain: unknown, isKey: (certificate: X509Certificate) => boolean): string | undefined {
  const first: unknown = Array.isArray(chain) ? chain[0] : undefined
  if (typeof first !== 'string' || first.length > 2 * mostBytes) return undefined
  const der = Buffer.from(first, 'base64')
  const certificate = parse(der)
  if (certificate?.raw.equals(der) !== true) return undefined
  return isKey(certificate) ? der.toString('base64') : 'another'
}
