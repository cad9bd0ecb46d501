/** The rows of this module. Nobody else names these tables. @module */

export interface SessionRow {
  readonly tenant: string
  readonly id: string
  /** SHA-256 of the secret in the cookie. */
  readonly secret_hash: Uint8Array
  readonly user_id: string
  readonly user_generation: number
  readonly acr: string
  /** Methods of RFC 8176, separated by spaces. */
  readonly amr: string
  readonly auth_time_ms: number
  readonly started_at_ms: number
  readonly idle_ms: number
  readonly idle_until_ms: number
  readonly ends_at_ms: number
  readonly ended_at_ms: number | null
  readonly end_reason: string | null
  /** Sealed under the person's key. */
  readonly device: Uint8Array | null
  /** Reserved: the thumbprint of a key that the browser holds, for sessions bound to it. */
  readonly bound_key: string | null
}

export interface KnownBrowserRow {
  readonly tenant: string
  readonly user_id: string
  /** SHA-256 of the browser's cookie. */
  readonly hash: Uint8Array
  readonly last_used_ms: number
}

export interface SessionTables {
  readonly session: SessionRow
  readonly known_browser: KnownBrowserRow
}
