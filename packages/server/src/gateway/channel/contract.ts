/**
 * What the two ends of the channel can ask and tell each other. The server's
 * end is given {@link ServerPorts}; in the gateway's process the same questions are
 * asked of a `Channel`.
 *
 * @module
 */

import type { AuditEvent, ClientIdentifier, RequestId, Secret, SessionId, TenantId, UserId } from '#kernel'
import type { SentSet } from '#policy'
import type { GatewayHost } from '../config.ts'

/** A code that came back to a callback, to be redeemed. */
export interface CodeExchange {
  readonly requestId: RequestId
  /** The host's first-party client. The channel itself is its authentication. */
  readonly clientId: string
  readonly code: string
  /** The PKCE verifier, RFC 7636 section 4.1. */
  readonly verifier: string
  readonly redirectUri: string
}

/** What a redeemed code says: which central session stands behind it, and the nonce of its request. */
export interface SignedIn {
  readonly session: SessionId
  readonly user: UserId
  readonly nonce: string
}

/** What the gateway knows of a person while their central session lives. */
export interface SessionView {
  readonly id: SessionId
  readonly user: UserId
  readonly acr: string
  readonly amr: readonly string[]
  readonly authTimeMs: number
  /** However busy, the session is over then. */
  readonly endsAtMs: number
  readonly roles: readonly string[]
  /** Ids of groups. */
  readonly groups: readonly string[]
  /** What the person signs in with, for pages that tell them who they are. */
  readonly username?: string | undefined
  readonly name?: string | undefined
}

/** Who did what an event tells of. Undefined: nobody whom we know. */
export interface EventActor {
  readonly user: UserId
  readonly session: SessionId
  readonly client?: ClientIdentifier
  readonly acr: string
  readonly amr: readonly string[]
  readonly authTimeMs: number
}

export interface GatewayEvent {
  readonly requestId: RequestId
  /** When the gateway's request began. */
  readonly atMs: number
  readonly actor?: EventActor
  readonly event: AuditEvent
}

/** Refusals to strangers since the last count (class C). */
export interface StrangerCount {
  readonly code: string
  /** The host's origin, or `elsewhere` for a host that is not ours. */
  readonly about: string
  /** One of the addresses; the server turns it into a network. */
  readonly address: string
  readonly count: number
}

/** What only the gateway's process is given. Opaque here; `keys` makes functions of it. */
export interface GatewaySecrets {
  /** The private key of assertions, a JWK. */
  readonly assertionKey: object
  /** The keys of `gateway-session`. */
  readonly sessionKeys: readonly object[]
}

export interface RevocationEntry {
  readonly kind: string
  readonly id: string
}

export interface RevocationNews {
  readonly entries: readonly RevocationEntry[]
  /** Something may have been missed: forget everything. */
  readonly reset: boolean
}

/** The server's feed, as `tokens` keeps it. */
export interface RevocationSource {
  /** Subscribes to everything that commits from now on. The function that it returns ends that. */
  subscribe(listener: { deliver(news: RevocationNews): Promise<void> }): () => void
  /** Milliseconds since the server's own knowledge was certainly whole; undefined when it is not to be trusted. */
  ageMs(): number | undefined
}

/** What the server's end of the channel needs from the house. Refusals and `Unavailable` travel to the gateway; anything else becomes an outage there. */
export interface ServerPorts {
  readonly tenant: TenantId
  /** Redeems a code for the client, once. Refuses as the token endpoint does. */
  exchange(request: CodeExchange): Promise<SignedIn>
  /** The live session of an id. `use` counts as activity of the person and prolongs it. */
  session(id: SessionId, purpose: 'use' | 'look'): Promise<SessionView | undefined>
  /** Ends a session because its person signed out. Resolves as `sessions.end` does. */
  endSession(requestId: RequestId, id: SessionId): Promise<void>
  /** Class A: resolves when all events are durable. */
  record(batch: readonly GatewayEvent[]): Promise<void>
  /** Class C. */
  countStrangers(counts: readonly StrangerCount[]): void
  policies(): readonly SentSet[]
  /** Hosts beside those of the gateway's configuration. */
  hosts(): readonly GatewayHost[]
  secrets(): Promise<Secret<GatewaySecrets>>
  readonly revocations: RevocationSource
}

/** JWT-5: no verifier believes what is older than a second. */
export const freshForMs = 1_000
