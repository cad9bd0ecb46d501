/** The shapes of users and groups. @module */

import { Type, type TSchema } from 'typebox'
import { closed, roleName, text } from './shapes.ts'

const userState: TSchema = Type.Union([Type.Literal('active'), Type.Literal('disabled')])

/** What a list of users may be asked for. */
export const userFilter: Readonly<Record<string, TSchema>> = {
  prefix: Type.String({ minLength: 2, maxLength: 64 }),
  state: userState,
  role: roleName,
}

const line = (most: number): TSchema => Type.Optional(text(most))

/** OpenID Connect Core section 5.1.1. */
const address: TSchema = Type.Object(
  {
    formatted: line(512),
    streetAddress: line(256),
    locality: line(128),
    region: line(128),
    postalCode: line(32),
    country: line(64),
  },
  { ...closed, minProperties: 1 },
)

export const user: TSchema = Type.Object(
  {
    id: Type.String(),
    username: Type.String(),
    name: Type.Optional(Type.String()),
    email: Type.Optional(Type.String()),
    phoneNumber: Type.Optional(Type.String()),
    phoneNumberVerified: Type.Optional(Type.Boolean()),
    address: Type.Optional(address),
    state: userState,
    roles: Type.Array(Type.String()),
    createdAtMs: Type.Integer(),
  },
  closed,
)

export const newUser: TSchema = Type.Object(
  {
    username: text(255),
    password: Type.Optional(text(1024)),
    name: Type.Optional(text(255)),
    email: Type.Optional(text(320)),
    phoneNumber: Type.Optional(text(64)),
    phoneNumberVerified: Type.Optional(Type.Boolean()),
    address: Type.Optional(address),
  },
  closed,
)

const orNull = (schema: TSchema): TSchema => Type.Union([schema, Type.Null()])

/** `null` takes away. */
export const userChange: TSchema = Type.Object(
  {
    username: Type.Optional(text(255)),
    name: Type.Optional(orNull(text(255))),
    email: Type.Optional(orNull(text(320))),
    phoneNumber: Type.Optional(orNull(text(64))),
    phoneNumberVerified: Type.Optional(Type.Boolean()),
    address: Type.Optional(orNull(address)),
    state: Type.Optional(userState),
    password: Type.Optional(text(1024)),
  },
  { ...closed, minProperties: 1 },
)

export const group: TSchema = Type.Object(
  { id: Type.String(), name: Type.String(), roles: Type.Array(Type.String()), createdAtMs: Type.Integer() },
  closed,
)

export const groupName: TSchema = Type.Object({ name: text(128) }, closed)
