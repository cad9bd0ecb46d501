/** The shapes of clients. What may be said of one beside this is the port's to know. @module */

import { Type, type TSchema } from 'typebox'
import type { AdminClients } from './ports/clients.ts'
import { closed, text } from './shapes.ts'

const grantType: TSchema = Type.Union([
  Type.Literal('authorization_code'),
  Type.Literal('refresh_token'),
  Type.Literal('client_credentials'),
])
const clientKind: TSchema = Type.Union([Type.Literal('confidential'), Type.Literal('public')])

const shownRegistration = {
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
  jwks: Type.Optional(Type.Object({ keys: Type.Array(Type.Object({}, { additionalProperties: true })) }, closed)),
  configured: Type.Boolean(),
  roles: Type.Array(Type.String()),
}

/** Members of a key are judged where the key is read. */
const jwks: TSchema = Type.Object(
  { keys: Type.Array(Type.Object({}, { additionalProperties: true, maxProperties: 16 }), { minItems: 1, maxItems: 4 }) },
  closed,
)

const uris: TSchema = Type.Array(text(2048), { maxItems: 64 })
const grantTypes: TSchema = Type.Array(grantType, { minItems: 1, uniqueItems: true })

const askedRegistration = {
  redirectUris: Type.Optional(uris),
  postLogoutRedirectUris: Type.Optional(uris),
  scopes: Type.Optional(Type.Array(text(128), { maxItems: 64 })),
  audiences: Type.Optional(Type.Array(text(512), { maxItems: 16 })),
  introspects: Type.Optional(Type.Array(text(512), { maxItems: 16 })),
  jwks: Type.Optional(jwks),
}

export const clientSecrets: TSchema = Type.Object(
  { items: Type.Array(Type.Object({ number: Type.Integer(), createdAtMs: Type.Integer() }, closed)) },
  closed,
)

export const clientSecret: TSchema = Type.Object({ number: Type.Integer(), secret: Type.String() }, closed)

/** The shapes, with those of the metadata. */
export interface ClientShapes {
  readonly client: TSchema
  readonly newClient: TSchema
  readonly clientChange: TSchema
  readonly clientMade: TSchema
}

export function clientShapes({ asked, changed, shown }: AdminClients['metadata']): ClientShapes {
  const registration = { ...askedRegistration, ...asked }
  const change = { ...askedRegistration, ...changed, jwks: Type.Optional(Type.Union([jwks, Type.Null()])) }
  const client = Type.Object({ ...shownRegistration, ...shown }, closed)
  return {
    client,
    newClient: Type.Object({ clientId: Type.Optional(text(2048)), name: text(128), kind: clientKind, grantTypes, ...registration }, closed),
    clientChange: Type.Object(
      { name: Type.Optional(text(128)), grantTypes: Type.Optional(grantTypes), ...change },
      { ...closed, minProperties: 1 },
    ),
    clientMade: Type.Object({ client, secret: Type.Optional(Type.String()) }, closed),
  }
}
