/**
 * What may be said of a client beside its name, its addresses, its grants and its
 * proofs: each member once, with its shape and the value that it has when nobody
 * says. The names are those of RFC 7591 and of what extends it, spelled as here.
 *
 * The store, the admin API and the settings take them from this table.
 *
 * @module
 */

import { Type, type TSchema } from 'typebox'
import { signingAlgorithms, type SigningAlgorithm } from '#keys'
import { defaultAccessTokenSeconds } from '#tokens'

/** How a client may prove itself, RFC 7591 section 2. */
export const clientAuthMethods = [
  'none',
  'client_secret_basic',
  'client_secret_post',
  'client_secret_jwt',
  'private_key_jwt',
  'tls_client_auth',
  'self_signed_tls_client_auth',
] as const

export type ClientAuthMethod = (typeof clientAuthMethods)[number]

export interface ClientMetadata {
  /** Which of the methods that its proofs leave; that which they suggest where nobody says. */
  readonly tokenEndpointAuthMethod?: ClientAuthMethod
  /** Where it publishes its public keys; then it registers none by value, RFC 7591 section 2. */
  readonly jwksUri?: string
  readonly tlsClientAuthSubjectDn?: string
  readonly tlsClientAuthSanDns?: string
  readonly tlsClientAuthSanUri?: string
  readonly tlsClientAuthSanIp?: string
  readonly tlsClientAuthSanEmail?: string
  /** Its access tokens are bound to the certificate that it shows, RFC 8705 section 3.4. */
  readonly tlsClientCertificateBoundAccessTokens: boolean
  readonly accessTokenSeconds: number
  /** Under which rules it lives beyond those of every client; `profile.ts` says what they are. */
  readonly securityProfile?: SecurityProfile | undefined
  /** The types of authorization details that it may ask for, RFC 9396 section 10; none where absent. */
  readonly authorizationDetailsTypes?: readonly string[] | undefined
  /** Each token request has to prove a key, RFC 9449 section 5.2. */
  readonly dpopBoundAccessTokens: boolean
  /** Its authorization requests have to be pushed, RFC 9126 section 6. */
  readonly requirePushedRequests: boolean
  /** Its authorization requests have to be signed with one of its keys, RFC 9101 section 10.5. */
  readonly requireSignedRequestObject: boolean
  /** The one algorithm that its signed requests may have; any of its keys' where absent. */
  readonly requestObjectSigningAlg?: SigningAlgorithm | undefined
  /**
   * Its authorization requests may come without PKCE, if they are for an ID token and have a nonce: for libraries that speak none. RFC 9700
   * section 2.1.1 lets confidential clients do so. The server cannot tell whether the client looks at the nonce.
   */
  readonly unsafelyWithoutPkce: boolean
  /** `opaque`: its access tokens say nothing by themselves; resource servers ask about them, RFC 7662. */
  readonly accessTokenFormat: 'jwt' | 'opaque'
  /** `pairwise`: people have another `sub` for each sector of clients, OpenID Connect Core section 8.1. */
  readonly subjectType: 'public' | 'pairwise'
  /** Names the sector by its host where the redirect URIs do not. */
  readonly sectorIdentifierUri?: string | undefined
  /** `granted`: the ID token says what the granted scopes allow. `minimal`: UserInfo alone does. */
  readonly idTokenClaims: 'granted' | 'minimal'
  /** By what its ID tokens are signed, OpenID Connect Registration section 2. Never `none`. */
  readonly idTokenSignedResponseAlg: SigningAlgorithm
  /** By what UserInfo is signed for it; absent, it is JSON. */
  readonly userinfoSignedResponseAlg?: SigningAlgorithm | undefined
  /** By what answers of the authorization endpoint are signed: JARM section 3. Who registers none may not ask for signed ones. */
  readonly authorizationSignedResponseAlg?: SigningAlgorithm | undefined
}

/** What clients may sign with. */
export const clientAlgorithms: readonly SigningAlgorithm[] = ['ES256', 'EdDSA', 'RS256', 'PS256']

/** FAPI 2.0 Security Profile, and FAPI 2.0 Message Signing, which holds the former. */
export type SecurityProfile = 'fapi2' | 'fapi2-message-signing'

interface Member<Value> {
  /** What holds when nobody says. Safe; undefined for a member that may be absent. */
  readonly usual: Value
  readonly shape: TSchema
}

const flag = (description: string): TSchema => Type.Boolean({ description })

const signingAlgorithm = (description: string): TSchema =>
  Type.Union(
    signingAlgorithms.map((algorithm) => Type.Literal(algorithm)),
    { description },
  )

const certificateName = (says: string): Member<string | undefined> => ({
  usual: undefined,
  shape: Type.String({ minLength: 1, maxLength: 1024, description: `${says} (tls_client_auth, RFC 8705): one of the five.` }),
})

export const clientMetadata: { readonly [Name in keyof ClientMetadata]-?: Member<ClientMetadata[Name]> } = {
  tokenEndpointAuthMethod: {
    usual: undefined,
    shape: Type.Union(
      clientAuthMethods.map((method) => Type.Literal(method)),
      { description: 'How it proves itself (token_endpoint_auth_method, RFC 7591). Absent: as its kind and its keys suggest.' },
    ),
  },
  jwksUri: {
    usual: undefined,
    shape: Type.String({ maxLength: 2048, description: 'Where it publishes its public keys (jwks_uri), https; instead of `jwks`.' }),
  },
  tlsClientAuthSubjectDn: certificateName('The subject of its certificate, in the string form of RFC 4514'),
  tlsClientAuthSanDns: certificateName('The DNS name in its certificate'),
  tlsClientAuthSanUri: certificateName('The URI in its certificate'),
  tlsClientAuthSanIp: certificateName('The IP address in its certificate'),
  tlsClientAuthSanEmail: certificateName('The e-mail address in its certificate'),
  tlsClientCertificateBoundAccessTokens: {
    usual: false,
    shape: flag('Its access tokens are bound to the certificate that it shows (RFC 8705).'),
  },
  accessTokenSeconds: {
    usual: defaultAccessTokenSeconds,
    shape: Type.Integer({ minimum: 1, maximum: 86_400, description: 'How long its access tokens live.' }),
  },
  securityProfile: {
    usual: undefined,
    shape: Type.Union([Type.Literal('fapi2'), Type.Literal('fapi2-message-signing')], {
      description:
        'The FAPI 2.0 Security Profile, or Message Signing on top of it: pushed requests, private_key_jwt, bound tokens that are not rotated; signed requests and answers.',
    }),
  },
  authorizationDetailsTypes: {
    usual: undefined,
    shape: Type.Array(Type.String({ minLength: 1, maxLength: 128 }), {
      maxItems: 32,
      uniqueItems: true,
      description: 'The types of authorization details that it may ask for (RFC 9396).',
    }),
  },
  dpopBoundAccessTokens: { usual: false, shape: flag('Its token requests have to prove a key (DPoP, RFC 9449).') },
  requirePushedRequests: { usual: false, shape: flag('Its authorization requests have to be pushed (PAR, RFC 9126).') },
  requireSignedRequestObject: {
    usual: false,
    shape: flag('Its authorization requests have to be signed with one of its keys (JAR, RFC 9101).'),
  },
  requestObjectSigningAlg: {
    usual: undefined,
    shape: Type.Union(
      clientAlgorithms.map((algorithm) => Type.Literal(algorithm)),
      { description: 'The one algorithm that its signed authorization requests may have; any of its keys’ where absent.' },
    ),
  },
  unsafelyWithoutPkce: {
    usual: false,
    shape: flag('A confidential client whose authorization requests may come without PKCE (RFC 7636), with `openid` and a nonce instead.'),
  },
  accessTokenFormat: {
    usual: 'jwt',
    shape: Type.Union([Type.Literal('jwt'), Type.Literal('opaque')], {
      description: 'Whether its access tokens are JWTs, or references that only this server can read, for resources that introspect.',
    }),
  },
  subjectType: {
    usual: 'public',
    shape: Type.Union([Type.Literal('public'), Type.Literal('pairwise')], {
      description: 'Whether people have their one `sub` for this client, or another for each sector of clients.',
    }),
  },
  sectorIdentifierUri: {
    usual: undefined,
    shape: Type.String({
      pattern: '^https://[^\\s/?#@]+(/[^\\s#]*)?$',
      maxLength: 512,
      description: 'The host of this names the sector of pairwise subjects; the one host of the redirect URIs where absent.',
    }),
  },
  idTokenClaims: {
    usual: 'granted',
    shape: Type.Union([Type.Literal('granted'), Type.Literal('minimal')], {
      description: 'Whether the ID token says of a person what the granted scopes allow, or UserInfo alone does.',
    }),
  },
  idTokenSignedResponseAlg: { usual: 'RS256', shape: signingAlgorithm('By what its ID tokens are signed.') },
  userinfoSignedResponseAlg: { usual: undefined, shape: signingAlgorithm('By what UserInfo is signed for it. JSON when absent.') },
  authorizationSignedResponseAlg: {
    usual: undefined,
    shape: signingAlgorithm(
      'By what answers of the authorization endpoint are signed where it asks for it (JARM); where absent, it may not. ES256 and EdDSA cost the server least.',
    ),
  },
}

const members = Object.entries(clientMetadata) as readonly (readonly [keyof ClientMetadata, Member<unknown>])[]

/** What a client has that nobody said anything of. */
export const usualMetadata: ClientMetadata = Object.fromEntries(
  members.flatMap(([name, { usual }]) => (usual === undefined ? [] : [[name, usual]])),
) as unknown as ClientMetadata

/** What may be absent, and is. */
export const absentMetadata: Partial<ClientMetadata> = Object.fromEntries(
  members.flatMap(([name, { usual }]) => (usual === undefined ? [[name, undefined]] : [])),
)

/** The members that are said, in the order of the table, and nothing else of what is given. */
export function metadataOf(given: Partial<ClientMetadata>): Partial<ClientMetadata> {
  return metadataChangeOf(given) as Partial<ClientMetadata>
}

/** A change of metadata: `null` sets a member back to what it is when nobody says. */
export type MetadataChange = { readonly [Name in keyof ClientMetadata]?: ClientMetadata[Name] | null }

/** The same of a change. */
export function metadataChangeOf(given: MetadataChange): MetadataChange {
  return Object.fromEntries(members.flatMap(([name]) => (given[name] === undefined ? [] : [[name, given[name]]])))
}

/** A change with what `null` stands for. A member that may be absent is then there, and undefined. */
export function settledMetadata(change: MetadataChange): Partial<ClientMetadata> {
  return Object.fromEntries(members.flatMap(([name, { usual }]) => (change[name] === null ? [[name, usual]] : [])))
}

type Shapes = Readonly<Record<string, TSchema>>

/** The members as one may send them: none has to be. */
export const askedMetadata: Shapes = Object.fromEntries(members.map(([name, { shape }]) => [name, Type.Optional(shape)]))

/** The members as they may be changed: `null` sets one back. */
export const changedMetadata: Shapes = Object.fromEntries(
  members.map(([name, { shape }]) => [name, Type.Optional(Type.Union([shape, Type.Null()]))]),
)

/** The members as they are shown. */
export const shownMetadata: Shapes = Object.fromEntries(
  members.map(([name, { usual, shape }]) => [name, usual === undefined ? Type.Optional(shape) : shape]),
)
