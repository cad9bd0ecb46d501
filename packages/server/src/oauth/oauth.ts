/**
 * The authorization server: its endpoints over the features below, and what
 * other edges need of it.
 *
 * @module
 */

import type { Answer, Edge, Outbound, RouteInput } from '#http'
import { actingAs, readClientIdentifier, type Operation, type SessionId, type UserId } from '#kernel'
import type { Keys } from '#keys'
import type { Guesses, Limits } from '#ratelimit'
import type { Store } from '#store'
import type { Tokens } from '#tokens'
import { closedAnswers, pageAnswers, protocolAnswers } from './answers.ts'
import { createAuthorize, type Authorize } from './authorize/authorize.ts'
import type { SignedIn } from './authorize/next-step.ts'
import type { Person } from './claims.ts'
import { claimTable, type ClaimMappings } from './mapped-claims.ts'
import type { Clients } from './clients/clients.ts'
import { createRemoteKeys } from './clients/remote-keys.ts'
import { deleteCodesOf, sweepCodes, type WhoseCodes } from './codes/store.ts'
import { sweepConsents } from './consents/store.ts'
import { createDetailTypes, type DetailTypeSettings } from './details/registered.ts'
import { sweepProofs } from './dpop/store.ts'
import { placesOf } from './issuer.ts'
import { createLogout, type SignOutPage } from './logout/logout.ts'
import { sweepPushed } from './pushed/store.ts'
import { RevocationFollowers } from './feed/feed.ts'
import { introspectionRoutes, pageRoutes, protocolRoutes } from './routes.ts'
import { sweepAssertions } from './token/assertion-store.ts'
import { exchangeCode, readCodeRequest } from './token/grants/authorization-code.ts'
import { refuse as refuseClient } from './token/credentials.ts'

/** What this edge needs of the house. */
export interface OAuthPorts {
  readonly store: Store
  readonly keys: Keys
  readonly tokens: Tokens
  readonly clients: Clients
  readonly guesses: Pick<Guesses, 'spend'>
  readonly limits: Limits
  readonly issuer: string
  /** What scopes tell beside the standard claims. */
  readonly claimMappings?: ClaimMappings | undefined
  /** Where clients show certificates, and whom of their issuers we believe; nowhere when absent. */
  readonly mtls?: { readonly origin: string; readonly authorities: readonly string[] } | undefined
  /** The way out to addresses that clients registered. */
  readonly outbound: Pick<Outbound, 'get'>
  /** What may be asked for in detail, RFC 9396; nothing where absent. */
  readonly detailTypes?: DetailTypeSettings | undefined
  /** Every client has to push its requests, RFC 9126 section 5, but for our own and those that are named. */
  readonly requirePushedRequests?: { readonly except: readonly string[] } | undefined
  /** The live session of a session cookie. */
  readonly findSession: (op: Operation, cookie: string) => Promise<SignedIn | undefined>
  /** Whether the session lives. A refresh asks; that is no activity of the person. */
  readonly isSessionLive: (op: Operation, id: SessionId) => Promise<boolean>
  /** Signs the person out. Resolves when no verifier accepts the session any more, or the bound has passed. */
  readonly endSession: (op: Operation, id: SessionId) => Promise<unknown>
  /** What identity knows of an active person; undefined for everybody else. */
  readonly findPerson: (op: Operation, user: UserId) => Promise<Person | undefined>
  /** The page that asks whether to sign out. */
  readonly confirmSignOut: (op: Operation, input: RouteInput, page: SignOutPage) => Answer | Promise<Answer>
}

/** A code redeemed for a sign-in and not for tokens. */
export interface Redeemed {
  readonly session: SessionId
  readonly user: UserId
  readonly nonce: string | undefined
}

export interface OAuth extends Pick<Authorize, 'openPending' | 'decideConsent'> {
  /** The endpoints: those for people and those for programs. */
  readonly edges: readonly Edge[]
  /**
   * Redeems a code for a client that something else has authenticated: the gateway's
   * channel. Refuses as the token endpoint does; gives out no tokens.
   */
  redeem(
    op: Operation,
    request: { readonly clientId: string; readonly code: string; readonly redirectUri: string; readonly verifier: string },
  ): Promise<Redeemed>
  /** Makes every code of a person, or of a client, worthless that was not exchanged yet. */
  forgetCodes(op: Operation, whose: WhoseCodes): Promise<void>
  /** Deletes at most 1000 codes, used assertions, used proofs and pushed requests each that are over, and as many consents that are forgotten; says how many. */
  sweep(op: Operation): Promise<number>
}

const sweepAtMost = 1_000

export function createOAuth(ports: OAuthPorts): OAuth {
  const { store, clients, tokens, issuer } = ports
  const places = placesOf(issuer)
  const claims = claimTable(ports.claimMappings)
  const detailTypes = createDetailTypes(ports.detailTypes)
  const remoteKeys = createRemoteKeys(ports.outbound)
  const authorize = createAuthorize({ ...ports, places, claims, detailTypes, remoteKeys, revocations: tokens.revocations })
  const aliases = ports.mtls && placesOf(`${ports.mtls.origin}${places.base}`)
  const audiences = [issuer, places.url('/token'), ...(aliases === undefined ? [] : [aliases.url('/token')])]
  const clientAuthorities = ports.mtls?.authorities ?? []
  const protocol = { ...ports, audiences, places, aliases, clientAuthorities, claims, detailTypes, remoteKeys }
  const logout = createLogout({ ...ports, places })
  return {
    edges: [
      { name: 'authorization', routes: pageRoutes(places, authorize, logout), refusals: pageAnswers },
      { name: 'oauth', routes: protocolRoutes(places, protocol), refusals: protocolAnswers },
      { name: 'introspection', routes: introspectionRoutes(places, protocol, new RevocationFollowers(protocol)), refusals: closedAnswers },
    ],
    openPending: authorize.openPending,
    decideConsent: authorize.decideConsent,
    redeem: async (op, { clientId, code, redirectUri, verifier }) => {
      const name = readClientIdentifier(clientId)
      const client = name && (await clients.find(op, name))?.client
      if (client === undefined) throw refuseClient('client_auth.failed', 'no such client')
      const proof = { acr: 'client', amr: [], authTimeMs: op.nowMs }
      const caller = actingAs(op, { is: 'service', id: client.id, client: client.clientId, proof, credential: { kind: 'client' } })
      const request = readCodeRequest({ code, redirect_uri: redirectUri, code_verifier: verifier })
      const { family, nonce } = await exchangeCode({ op: caller, client, confirmation: undefined }, request, ports)
      if (family === undefined) throw new Error('a code was exchanged for nobody')
      return { session: family.session, user: family.user, nonce }
    },
    forgetCodes: async (op, whose) => store.write(op, async (tx) => deleteCodesOf(tx, op.tenant, whose)),
    sweep: async (op) =>
      store.write(op, async (tx) => {
        const codes = await sweepCodes(tx, op.tenant, op.nowMs, sweepAtMost)
        const assertions = await sweepAssertions(tx, op.tenant, op.nowMs, sweepAtMost)
        const proofs = await sweepProofs(tx, op.tenant, op.nowMs, sweepAtMost)
        const pushed = await sweepPushed(tx, op.tenant, op.nowMs, sweepAtMost)
        return codes + assertions + proofs + pushed + (await sweepConsents(tx, op.tenant, op.nowMs, sweepAtMost))
      }),
  }
}
