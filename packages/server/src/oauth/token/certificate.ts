/**
 * A client that proves itself by the certificate of its connection, RFC 8705
 * section 2: one that an authority of ours vouches for (PKI), or one that it
 * registered itself. That it holds the key, the handshake has shown.
 *
 * @module
 */

import type { RouteInput } from '#http'
import type { Operation } from '#kernel'
import { readClientCertificate, type ClientCertificate } from '#keys'
import { expectedNames, hasName } from '../clients/certificate-names.ts'
import type { Client } from '../clients/client.ts'
import type { RemoteKeys } from '../clients/remote-keys.ts'

export interface CertificatePorts {
  /** PEM of the authorities whose certificates name clients. */
  readonly clientAuthorities: readonly string[]
  readonly remoteKeys: RemoteKeys
}

/** The certificate of a request; undefined where none was shown. */
export function certificateOf({ peerCertificate }: Pick<RouteInput, 'peerCertificate'>): ClientCertificate | undefined {
  const raw = peerCertificate()?.raw
  return raw && readClientCertificate(raw)
}

/** Which certificate the client proved itself by, as `certificate:…`; undefined when it did not. */
export async function proveByCertificate(
  op: Operation,
  client: Client,
  input: Pick<RouteInput, 'peerCertificate'>,
  { clientAuthorities, remoteKeys }: CertificatePorts,
): Promise<string | undefined> {
  const certificate = certificateOf(input)
  if (certificate === undefined) return undefined
  const isItsOwn =
    client.tokenEndpointAuthMethod === 'tls_client_auth'
      ? isNamed(client, certificate) && certificate.isVouchedFor(clientAuthorities, op.nowMs)
      : client.tokenEndpointAuthMethod === 'self_signed_tls_client_auth' && (await isRegistered(op, client, certificate, remoteKeys))
  return isItsOwn ? `certificate:${certificate.thumbprint}` : undefined
}

/** Section 2.1. */
function isNamed(client: Client, certificate: ClientCertificate): boolean {
  const [expected, ...others] = expectedNames(client)
  return expected !== undefined && others.length === 0 && hasName(certificate, expected)
}

/** Section 2.2: the very certificate, whoever signed it and whatever it says. */
async function isRegistered(
  op: Operation,
  { clientKeys = [], jwksUri }: Client,
  { thumbprint }: ClientCertificate,
  remoteKeys: RemoteKeys,
): Promise<boolean> {
  const keys = jwksUri === undefined ? clientKeys : await remoteKeys.find(op, jwksUri, undefined)
  return keys.some(({ x5c }) => {
    const [own] = Array.isArray(x5c) ? (x5c as readonly unknown[]) : []
    return typeof own === 'string' && readClientCertificate(Buffer.from(own, 'base64'))?.thumbprint === thumbprint
  })
}
