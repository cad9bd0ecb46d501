/**
 * What the gateway's process is given besides its channel.
 *
 * @module
 */

import type { Clock, TenantId } from '#kernel'
import type { Confirm } from '#policy'
import type { Buckets } from '#ratelimit'
import type { GatewayLog } from './log.ts'
import type { GatewayWatch } from './watch.ts'

/** Signs assertions; `createAssertionSigner` of `keys` makes one. */
export interface Signer {
  /** A compact JWS over the claims. */
  sign(type: string, claims: Readonly<Record<string, unknown>>): string
}

/** Seals our own cookies; `createStateSealer` of `keys` makes one. */
export interface Sealer {
  seal(plain: Uint8Array, context: string): Uint8Array
  /** Undefined when the bytes were not sealed by us for this context. */
  open(sealed: Uint8Array, context: string): Uint8Array | undefined
}

/** A page of the gateway, in words. Everything is text: the renderer escapes it. */
export interface GatewayPage {
  readonly status: number
  readonly code: string
  /** What this page is for: `You may not write notes`. */
  readonly heading: string
  /** What happened, then what to do. */
  readonly sentence: string
  readonly requestId: string
  /** The app in words. */
  readonly app: string
  /** Where the way back leads: a path of this host. */
  readonly back?: string
  /** The name that the person signed in with. */
  readonly who?: string
  /** Where somebody else can sign in: a path of this host that is opened. */
  readonly signOut?: string
  /** Method and path, for instance `POST /notes`. */
  readonly asked?: string
  /** Where the stylesheet is on this host. */
  readonly stylesheet: string
}

export interface GatewayPorts {
  readonly clock: Clock
  readonly log: GatewayLog
  readonly watch?: GatewayWatch | undefined
  /** Asks another engine about decisions; nobody does when absent. */
  readonly confirm?: Confirm | undefined
  /** Where requests are counted; in this process's memory when absent. */
  readonly buckets?: Buckets | undefined
  /** Makes a signer from what `exportAssertionKey` gave. */
  readonly signer: (key: object) => Signer
  /** Makes a sealer from what `exportSessionKeys` gave. */
  readonly sealer: (tenant: TenantId, keys: readonly object[]) => Sealer
  /** A whole page of HTML that loads nothing but its stylesheet. */
  readonly renderPage: (page: GatewayPage) => string
  /** CSS. */
  readonly stylesheet: string
}
