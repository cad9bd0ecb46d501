/**
 * What a gateway guards: the slice of the configuration that this module is given.
 *
 * @module
 */

import type { TlsFiles } from '#http'
import type { OwnListener } from './proxy/own-listeners.ts'

/** A path of an app, and what must be permitted there. Deny by default: a path that no route names is refused. */
export interface GatewayRoute {
  /** An exact path, or a prefix that ends in `/*`; `/notes/*` is `/notes` and everything below it. */
  readonly path: string
  /** All of {@link usualMethods} when absent. GET includes HEAD. */
  readonly methods?: readonly string[]
  /** The action of the host's policy store that must be permitted, for instance `write`. */
  readonly action?: string
  /** What the action is asked of; the namespace is the store's own. */
  readonly resource?: { readonly type: string; readonly id: string }
  /** Neither identity nor decision. Either this or `action` is said. */
  readonly open?: 'anyone'
}

/** One app under one origin. */
export interface GatewayHost {
  /** Scheme, host and port as browsers ask for it, for instance `https://notes.example.com`. */
  readonly origin: string
  /** The app in words, for people. */
  readonly name: string
  /** The policy store that decides, and the only one that is looked at. */
  readonly policyStore: string
  /** Where the app listens, for instance `http://127.0.0.1:3000`. */
  readonly upstream: string
  /** The `aud` of assertions; the origin when absent. */
  readonly audience?: string
  /** The first-party client of the identity server that signs people in here. Its only redirect URI is `${origin}/.countersign/callback`. */
  readonly clientId: string
  readonly routes: readonly GatewayRoute[]
  /** Tells the app the person's name in assertions. */
  readonly tellName?: boolean
  /** Headers for the app's answers that lack them (WEB-3), by lower-case names. */
  readonly addHeaders?: Readonly<Record<string, string>>
}

/** A host that cannot be guarded as it is written: which member says so, and one sentence. */
export class HostMistake extends Error {
  override readonly name = 'HostMistake'
  readonly member: keyof GatewayHost

  constructor(member: keyof GatewayHost, says: string) {
    super(says)
    this.member = member
  }
}

export interface GatewayConfig {
  readonly issuer: string
  readonly listen: {
    readonly host: string
    readonly port: number
    readonly tls?: TlsFiles
    readonly tlsEndedBy?: { readonly name: string; readonly addresses: readonly string[] }
  }
  readonly hosts: readonly GatewayHost[]
  /** Listeners of this server, which no host that the server tells of may lead to. */
  readonly ownListeners?: readonly OwnListener[]
}

/** What a route is about that names no methods. TRACE and CONNECT are never forwarded. */
export const usualMethods: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** Our own paths on every host. No route may lie there. */
export const ownPrefix = '/.countersign/'
