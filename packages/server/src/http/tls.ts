/**
 * TLS 1.3 and nothing older (ENC-4).
 *
 * @module
 */

import { readFile, stat } from 'node:fs/promises'
import { createSecureContext, type SecureContextOptions, type TlsOptions } from 'node:tls'

export interface TlsFiles {
  /** PEM, the chain, leaf first. */
  readonly certificateFile: string
  /** PEM, readable by its owner only. */
  readonly keyFile: string
  /**
   * Asks clients for certificates, without insisting: the authorities (PEM) that
   * make one good. A certificate of another authority is shown to `identify` as not authorized.
   */
  readonly clientAuthoritiesFile?: string
  /** Asks clients for certificates of whatever authority: who is believed is decided above. */
  readonly asksForCertificates?: true
}

/** A handshake that takes longer holds a connection for nothing. */
const handshakeMs = 10_000

/** Reads the files and checks that they fit together. Throws an error with one sentence that names the file. */
export async function readTlsFiles(files: TlsFiles): Promise<SecureContextOptions> {
  const key = await readPem(files.keyFile)
  if (((await stat(files.keyFile)).mode & 0o077) !== 0) {
    throw new Error(`${files.keyFile} holds a private key and must be readable by its owner only (chmod 600)`)
  }
  const cert = await readPem(files.certificateFile)
  const ca = files.clientAuthoritiesFile === undefined ? undefined : await readPem(files.clientAuthoritiesFile)
  const credentials: SecureContextOptions = { key, cert, minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3', ...(ca === undefined ? {} : { ca }) }
  try {
    createSecureContext(credentials)
  } catch (cause) {
    throw new Error(`The certificate ${files.certificateFile} and the key ${files.keyFile} cannot be used together`, { cause })
  }
  return credentials
}

export function tlsOptions(files: TlsFiles, credentials: SecureContextOptions): TlsOptions {
  return {
    ...credentials,
    handshakeTimeout: handshakeMs,
    ALPNProtocols: ['http/1.1'],
    requestCert: files.clientAuthoritiesFile !== undefined || files.asksForCertificates === true,
    // Which certificate is good enough for what is decided by `identify`, with a reason that the client can read.
    rejectUnauthorized: false,
  }
}

async function readPem(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new Error(`${file} cannot be read`, { cause })
  }
}
