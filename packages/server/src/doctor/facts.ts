/**
 * What was seen, before anybody judges it. An area that could not be looked at
 * is absent, and then nothing is said about it.
 *
 * @module
 */

import type { Asked } from '#http'
import type { CertificateFacts } from '#keys'
import type { DatabaseFacts } from '#store'

/** A certificate and where it was seen: in a file of ours, or shown at an address. */
export interface CertificateView {
  /** In words that begin a sentence: `The certificate in cert.pem`. */
  readonly where: string
  /** Undefined when what is there cannot be read as certificates. */
  readonly facts: CertificateFacts | undefined
  /** Of the certificate of a listener: its key, and whether that could be read. */
  readonly keyFile?: { readonly path: string; readonly state: 'good' | 'missing' | 'open' }
  /** The fingerprint of what the server shows, where this is the file that it should show. */
  readonly shown?: string
}

export interface FileFacts {
  /** In words that begin a sentence: `The configuration file`. */
  readonly what: string
  readonly role: 'configuration' | 'data' | 'demo' | 'secret' | 'folder'
  readonly path: string
  /** Permission bits; undefined when there is no such file or it cannot be looked at. */
  readonly mode: number | undefined
  readonly owner: number | undefined
  /** The configuration holds the password of the database. */
  readonly holdsSecret?: boolean
}

export interface DiskFacts {
  readonly what: string
  readonly path: string
  readonly freeBytes: number
  readonly sizeBytes: number
  /** Share of file names that are left, 0 to 1; 1 where the file system has no such limit. */
  readonly freeNames: number
  readonly readOnly: boolean
}

/** A request of ours as the server saw it. */
export interface Reflection {
  readonly host?: string
  readonly peer: string
  readonly trusted: boolean
  readonly encrypted: boolean
  readonly address: string
  readonly forwardedFor?: string
  readonly forwardedProto?: string
}

export interface Facts {
  readonly nowMs: number
  /** Mistakes in the configuration. Where there are any, nothing else was looked at. */
  readonly configuration?: readonly string[]
  /** Clients of the configuration that go without PKCE. */
  readonly withoutPkce?: readonly string[]
  readonly issuer?: {
    readonly url: string
    readonly host: string
    readonly discovery: Asked
    /** What discovery says that it is. */
    readonly names: string | undefined
  }
  /** Whether a server answers on the socket in the data directory. */
  readonly server?: { readonly running: boolean; readonly socket: string }
  /** The way from the public address to the server. */
  readonly way?: {
    readonly proxy: string | undefined
    readonly addresses: readonly string[]
    readonly host: string
    /** `unknown`: something answers that does not know the mirror we were given, so it is another server. */
    readonly plain: Reflection | 'unknown' | undefined
    /** The same with forwarding headers that a stranger made up. */
    readonly lying: Reflection | undefined
    readonly lie: { readonly address: string; readonly proto: string }
  }
  readonly certificates?: readonly CertificateView[]
  /** How far the clock of the machine at the public address is ahead of ours. */
  readonly issuerAheadMs?: number
  readonly database?: DatabaseFacts
  readonly rootKey?: { readonly path: string; readonly mistake: string | undefined; readonly owner: number | undefined }
  readonly files?: readonly FileFacts[]
  readonly disks?: readonly DiskFacts[]
  /** For whom the guard of outbound requests is lifted, in words. */
  readonly excused?: readonly string[]
  readonly buckets?: {
    readonly in: 'memory' | 'redis'
    readonly manyServers: boolean
    readonly workers: number
    readonly answers?: boolean
  }
}
