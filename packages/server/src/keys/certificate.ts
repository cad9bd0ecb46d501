/**
 * What a certificate says, for whoever has to find out why clients do not
 * believe it. It judges nothing; TLS itself does that.
 *
 * @module
 */

import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'

export interface CertificateFacts {
  readonly subject: string
  readonly issuer: string
  readonly startsMs: number
  readonly endsMs: number
  /** SHA-256 of its DER. */
  readonly fingerprint: string
  /** The names that were asked about and that it is not for. */
  readonly notFor: readonly string[]
  /** Whether one of the given private keys is its key; undefined when none was given. */
  readonly fitsKey: boolean | undefined
  /**
   * Who issued the last certificate that can be reached from this one through the
   * chain, when that is neither in the chain nor an authority that was given.
   */
  readonly missingIssuer: string | undefined
}

export interface CertificateQuestions {
  readonly hosts: readonly string[]
  /** PEM. */
  readonly key?: string
  /** PEM. */
  readonly authorities: readonly string[]
}

/** Certificates of a PEM file, leaf first. Undefined when it holds none or one that cannot be read. */
export function readCertificates(pem: string): readonly Uint8Array[] | undefined {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  const read = blocks.map(parse)
  return read.length === 0 || read.includes(undefined) ? undefined : read.flatMap((certificate) => certificate?.raw ?? [])
}

/** The facts of the first certificate of a chain (DER). Undefined when it cannot be read. */
export function describeCertificate(
  chain: readonly Uint8Array[],
  { hosts, key, authorities }: CertificateQuestions,
): CertificateFacts | undefined {
  const certificates = chain.flatMap((der) => parse(der) ?? [])
  const [leaf] = certificates
  if (leaf === undefined) return undefined
  const privateKey = key === undefined ? undefined : readKey(key)
  return {
    subject: oneLine(leaf.subject),
    issuer: oneLine(leaf.issuer),
    startsMs: leaf.validFromDate.getTime(),
    endsMs: leaf.validToDate.getTime(),
    fingerprint: leaf.fingerprint256,
    notFor: hosts.filter((host) => !isFor(leaf, host)),
    fitsKey: key === undefined ? undefined : privateKey !== undefined && leaf.checkPrivateKey(privateKey),
    missingIssuer: missingIssuer(certificates, authorities),
  }
}

function isFor(certificate: X509Certificate, host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '')
  const isAddress = name.includes(':') || /^[0-9.]+$/.test(name)
  return (isAddress ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined
}

/** Goes up from the leaf as a client does: through what the server sends, to an authority that it knows. */
function missingIssuer([leaf, ...others]: readonly X509Certificate[], authorities: readonly string[]): string | undefined {
  let known: readonly X509Certificate[] | undefined
  let at = leaf
  for (let steps = 0; at !== undefined && steps <= others.length; steps += 1) {
    const current: X509Certificate = at
    known ??= authorities.flatMap((pem) => parse(pem) ?? [])
    if (known.some((authority) => authority.fingerprint256 === current.fingerprint256 || issued(authority, current))) return undefined
    at = others.find((other) => other !== current && issued(other, current))
    if (at === undefined) return oneLine(current.issuer)
  }
  return at === undefined ? undefined : oneLine(at.issuer)
}

function issued(authority: X509Certificate, certificate: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey)
}

function parse(encoded: string | Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(encoded)
  } catch {
    return undefined
  }
}

function readKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem)
  } catch {
    return undefined
  }
}

function oneLine(name: string | undefined): string {
  return (name ?? '').replaceAll('\n', ', ')
}
