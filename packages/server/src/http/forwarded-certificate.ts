/**
 * The certificate of a client as the proxy that ended its TLS hands it on. Anybody
 * can write such a field: it counts on a connection of a named proxy alone, and comes
 * from nobody else.
 *
 * @module
 */

/** How it is written: by RFC 9440 (`:base64 of DER:`), or percent-encoded PEM (nginx's `$ssl_client_escaped_cert`). */
export interface CertificateField {
  /** The name of the field, in lower case. */
  readonly name: string
  readonly format: 'rfc9440' | 'escaped_pem'
}

/** A certificate of 4 KiB, percent-encoded; a head is 16 KiB at most. */
const mostChars = 12_288

/** DER. Undefined for what is not written so. */
export function readForwardedCertificate(format: CertificateField['format'], value: string): Uint8Array | undefined {
  if (value.length > mostChars) return undefined
  const base64 = format === 'rfc9440' ? /^:([A-Za-z0-9+/]+={0,2}):$/.exec(value)?.[1] : base64Of(readEscaped(value))
  const der = Buffer.from(base64 ?? '', 'base64')
  return der.length > 0 && der.toString('base64') === base64 ? der : undefined
}

function base64Of(pem: string): string | undefined {
  const [, lines] = /^-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=\n]+)\n-----END CERTIFICATE-----\n?$/.exec(pem) ?? []
  return lines?.replaceAll('\n', '')
}

function readEscaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (error instanceof URIError) return ''
    throw error
  }
}
