/** The shapes of clients. @module */

import { Type, type TSchema } from 'typebox'
import { closed, text } from './shapes.ts'

const grantType: TSchema = Type.Union([
  Type.Literal('authorization_code'),
  Type.Literal('refresh_token'),
  Type.Literal('client_credentials'),
])
const clientKind: TSchema = Type.Union([Type.Literal('confidential'), Type.Literal('public')])

export const client: TSchema = Type.Object(
  {
    id: Type.String(),
    clientId: Type.String(),
    name: Type.String(),
    kind: clientKind,
    redirectUris: Type.Array(Type.String()),
    grantTypes: Type.Array(Type.String()),
    scopes: Type.Array(Type.String()),
    audiences: Type.Array(Type.String()),
    introspects: Type.Array(Type.String()),
    firstParty: Type.Boolean(),
    postLogoutRedirectUris: Type.Array(Type.String()),
    accessTokenSeconds: Type.Integer(),
    dpopBoundAccessTokens: Type.Boolean(),
    requirePushedRequests: Type.Boolean(),
    authentication: Type.String(),
    jwks: Type.Optional(Type.Object({ keys: Type.Array(Type.Object({}, { additionalProperties: true })) }, closed)),
    configured: Type.Boolean(),
    roles: Type.Array(Type.String()),
  },
  closed,
)

/** Members of a key are judged where the key is read. */
const jwks: TSchema = Type.Object(
  { keys: Type.Array(Type.Object({}, { additionalProperties: true, maxProperties: 16 }), { minItems: 1, maxItems: 4 }) },
  closed,
)

const uris: TSchema = Type.Array(text(2048), { maxItems: 64 })
const grantTypes: TSchema = Type.Array(grantType, { minItems: 1, uniqueItems: true })

const registration = {
  redirectUris: Type.Optional(uris),
  postLogoutRedirectUris: Type.Optional(uris),
  scopes: Type.Optional(Type.Array(text(128), { maxItems: 64 })),
  audiences: Type.Optional(Type.Array(text(512), { maxItems: 16 })),
  introspects: Type.Optional(Type.Array(text(512), { maxItems: 16 })),
  accessTokenSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 86_400 })),
  dpopBoundAccessTokens: Type.Optional(Type.Boolean()),
  requirePushedRequests: Type.Optional(Type.Boolean()),
  jwks: Type.Optional(jwks),
}

export const newClient: TSchema = Type.Object(
  { clientId: Type.Optional(text(2048)), name: text(128), kind: clientKind, grantTypes, ...registration },
  closed,
)

export const clientChange: TSchema = Type.Object(
  { name: Type.Optional(text(128)), grantTypes: Type.Optional(grantTypes), ...registration },
  { ...closed, minProperties: 1 },
)

export const clientSecrets: TSchema = Type.Object(
  { items: Type.Array(Type.Object({ number: Type.Integer(), createdAtMs: Type.Integer() }, closed)) },
  closed,
)

export const clientSecret: TSchema = Type.Object({ number: Type.Integer(), secret: Type.String() }, closed)

export const clientMade: TSchema = Type.Object({ client, secret: Type.Optional(Type.String()) }, closed)
