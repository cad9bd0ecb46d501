/** The shapes of what clients were given for people. @module */

import { Type, type TSchema } from 'typebox'
import { closed } from './shapes.ts'

/** Whose grants a list shows. */
export const grantFilter: Readonly<Record<string, TSchema>> = {
  user: Type.String({ pattern: '^usr_[0-9A-Za-z]{22}$' }),
  client: Type.String({ pattern: '^cli_[0-9A-Za-z]{22}$' }),
}

export const token: TSchema = Type.Object(
  {
    id: Type.String(),
    client: Type.String(),
    clientId: Type.Optional(Type.String()),
    user: Type.String(),
    username: Type.Optional(Type.String()),
    session: Type.String(),
    scopes: Type.Array(Type.String()),
    audience: Type.Array(Type.String()),
    offline: Type.Boolean(),
    startedAtMs: Type.Integer(),
    lastUsedAtMs: Type.Optional(Type.Integer()),
    idleUntilMs: Type.Optional(Type.Integer()),
    endsAtMs: Type.Integer(),
  },
  closed,
)

export const consent: TSchema = Type.Object(
  {
    id: Type.String(),
    client: Type.String(),
    clientId: Type.Optional(Type.String()),
    user: Type.String(),
    username: Type.Optional(Type.String()),
    scopes: Type.Array(Type.String()),
    claims: Type.Array(Type.String()),
    givenAtMs: Type.Integer(),
  },
  closed,
)
