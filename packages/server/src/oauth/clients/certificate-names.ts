/** By which name of its certificate a client is known, RFC 8705 section 2.1.2. Pure. @module */

import { readDistinguishedName, readIpName, type ClientCertificate } from '#keys'
import type { Registration } from './client.ts'

export interface ExpectedName {
  readonly kind: 'subject' | 'dns' | 'uri' | 'ip' | 'email'
  readonly value: string
}

/** The names that are registered: one, where the registration is good. */
export function expectedNames(given: Partial<Registration>): readonly ExpectedName[] {
  const names = {
    subject: given.tlsClientAuthSubjectDn,
    dns: given.tlsClientAuthSanDns,
    uri: given.tlsClientAuthSanUri,
    ip: given.tlsClientAuthSanIp,
    email: given.tlsClientAuthSanEmail,
  } as const
  return Object.entries(names).flatMap(([kind, value]) => (value === undefined ? [] : [{ kind: kind as ExpectedName['kind'], value }]))
}

/** Whether the certificate has that name. As they are written, but for DNS names, which have no case (RFC 4343). */
export function hasName(certificate: ClientCertificate, { kind, value }: ExpectedName): boolean {
  if (kind === 'dns') return certificate.dns.some((name) => name.toLowerCase() === value.toLowerCase())
  if (kind === 'uri') return certificate.uris.includes(value)
  if (kind === 'email') return certificate.emails.includes(value)
  const read = kind === 'ip' ? readIpName(value) : readDistinguishedName(value)
  return read !== undefined && (kind === 'ip' ? certificate.ips.includes(read) : certificate.subject === read)
}
