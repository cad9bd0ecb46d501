/** What is looked at. @module */

import type { Clock } from '#kernel'
import type { DatabasePlace, ModuleMigrations } from '#store'

/** A listener as the configuration describes it. */
export interface ListenerUnderTest {
  /** The public names that clients ask it for. */
  readonly hosts: readonly string[]
  readonly tls: { readonly certificateFile: string; readonly keyFile: string } | undefined
}

/** What is looked at: a server as its configuration describes it. */
export interface Patient {
  readonly issuer: URL
  /** Clients of the configuration that go without PKCE. */
  readonly withoutPkce: readonly string[]
  readonly configFile: string
  readonly holdsPassword: boolean
  readonly dataDirectory: string
  readonly rootKeyFile: string
  readonly secretFiles: readonly { readonly what: string; readonly path: string }[]
  readonly database: DatabasePlace
  readonly migrations: readonly ModuleMigrations[]
  readonly server: ListenerUnderTest & { readonly proxy: { readonly name: string; readonly addresses: readonly string[] } | undefined }
  readonly gateway: ListenerUnderTest | undefined
  readonly buckets: 'memory' | 'redis'
  /** For whom the guard of outbound requests is lifted, in words. */
  readonly excused: readonly string[]
  /** Processes on this machine. */
  readonly workers: number
  /** Whether that Redis can be used now. */
  redisAnswers(): Promise<boolean>
  readonly socket: string
  /** PEM of authorities that are believed beside those of this machine. */
  readonly authorities: readonly string[]
  readonly clock: Clock
  /** Asks the server on the socket for a mirror. Undefined when nobody answers there. */
  makeMirror(): Promise<string | undefined>
}

/** The issuer without a final slash, which is not its spelling but URL's. */
export function baseOf(issuer: URL): string {
  return issuer.href.replace(/\/$/, '')
}
