/**
 * The shapes of the admin API. Times are milliseconds since the Unix epoch and
 * end in `Ms`; ids have kinds; a page has `items` and, when there is more,
 * `next`, which goes into `cursor`.
 *
 * @module
 */

import { Type, type TObject, type TSchema } from 'typebox'

export const closed = { additionalProperties: false } as const

export const text = (most: number): TSchema => Type.String({ minLength: 1, maxLength: most })
/** A role by its name. */
export const roleName: TSchema = Type.String({ pattern: '^[a-z][a-z0-9-]{0,62}$' })

/** `?cursor&limit` and what a list adds to them. Values of a query are text; `limit` is 1 to 200. */
export function pageQuery(more: Readonly<Record<string, TSchema>> = {}): TSchema {
  return Type.Object(
    {
      cursor: Type.Optional(text(512)),
      limit: Type.Optional(Type.String({ pattern: '^([1-9]|[1-9][0-9]|1[0-9][0-9]|200)$' })),
      ...optional(more),
    },
    closed,
  )
}

/** A page of items. */
export function pageOf(item: TSchema): TSchema {
  return Type.Object({ items: Type.Array(item), next: Type.Optional(Type.String()) }, closed)
}

function optional(fields: Readonly<Record<string, TSchema>>): Record<string, TSchema> {
  return Object.fromEntries(Object.entries(fields).map(([name, schema]) => [name, Type.Optional(schema)]))
}

/** Something of ours, of whatever kind. */
export const id: TSchema = Type.String({ pattern: '^[a-z]{3}_[0-9A-Za-z]{22}$' })

/** The parameter of a path that names one thing of ours. */
export function idParams(name: string, more: Readonly<Record<string, TSchema>> = {}): TObject {
  return Type.Object({ [name]: id, ...more }, closed)
}

/** The parameters of a path that names a role of a user or a client. */
export function roleParams(name: string): TObject {
  return idParams(name, { role: roleName })
}

export const session: TSchema = Type.Object(
  {
    id: Type.String(),
    user: Type.String(),
    username: Type.Optional(Type.String()),
    acr: Type.String(),
    device: Type.Optional(Type.String()),
    startedAtMs: Type.Integer(),
    endsAtMs: Type.Integer(),
  },
  closed,
)

/** How many a call ended. */
export const howManyEnded: TSchema = Type.Object({ ended: Type.Integer() }, closed)

export const event: TSchema = Type.Object(
  {
    index: Type.Optional(Type.Integer()),
    writer: Type.String(),
    number: Type.Integer(),
    atMs: Type.Integer(),
    request: Type.String(),
    actor: Type.String(),
    what: Type.String(),
    about: Type.String(),
    outcome: Type.String(),
    facts: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]))),
    decision: Type.Optional(Type.Object({})),
    personal: Type.Optional(Type.String()),
  },
  closed,
)

export const eventsAfter: TSchema = Type.Object({ items: Type.Array(event), place: Type.String(), more: Type.Boolean() }, closed)

export const verifyRequest: TSchema = Type.Object({ checkpoint: Type.Optional(Type.String({ maxLength: 16_384 })) }, closed)

export const verification: TSchema = Type.Object(
  {
    ok: Type.Boolean(),
    events: Type.Integer(),
    treeSize: Type.Integer(),
    findings: Type.Array(Type.Object({ code: Type.String(), says: Type.String() }, closed)),
  },
  closed,
)

export const checkpoint: TSchema = Type.Object({ checkpoint: Type.String() }, closed)

export const policyMistake: TSchema = Type.Object(
  { file: Type.String(), line: Type.Optional(Type.Integer()), column: Type.Optional(Type.Integer()), says: Type.String() },
  closed,
)

export const storeName: TSchema = Type.String({ pattern: '^[a-z][a-z0-9-]{0,62}$' })
const policyFile: TSchema = Type.Object({ name: text(255), text: Type.String({ maxLength: 65_536 }) }, closed)

/** All of them together fit into one request body of 64 KiB; larger sets are checked by the command line and activated from their folder. */
export const policyFiles: TSchema = Type.Array(policyFile, { minItems: 1, maxItems: 256 })

export const policyCheck: TSchema = Type.Object({ store: storeName, files: policyFiles }, closed)

export const policyMistakes: TSchema = Type.Object({ mistakes: Type.Array(policyMistake) }, closed)

export const reloaded: TSchema = Type.Object(
  { mistakes: Type.Array(policyMistake), stores: Type.Array(Type.Object({ store: Type.String(), digest: Type.String() }, closed)) },
  closed,
)

export const mirror: TSchema = Type.Object({ path: Type.String() }, closed)

export const keys: TSchema = Type.Object(
  {
    items: Type.Array(
      Type.Object(
        {
          purpose: Type.String(),
          keyId: Type.String(),
          algorithm: Type.String(),
          state: Type.Union([Type.Literal('next'), Type.Literal('active'), Type.Literal('retired')]),
          sinceMs: Type.Integer(),
          readyAtMs: Type.Optional(Type.Integer()),
          verifiesUntilMs: Type.Optional(Type.Integer()),
        },
        closed,
      ),
    ),
  },
  closed,
)

/** By its path, with addresses that are shown without their credentials. */
export const setting: TSchema = Type.Object(
  { setting: Type.String(), value: Type.Union([Type.String(), Type.Number(), Type.Boolean()]) },
  closed,
)

export const keyParams: TSchema = Type.Object({ purpose: Type.String({ pattern: '^[a-z][a-z-]{0,62}$' }) }, closed)

const epochMs: TSchema = Type.String({ pattern: '^(0|[1-9][0-9]{0,14})$' })

/** From which event on, counted from 0, and of which time. */
export const exportQuery: TSchema = Type.Object(
  { from: Type.Optional(epochMs), sinceMs: Type.Optional(epochMs), untilMs: Type.Optional(epochMs) },
  closed,
)

/** What the events of a page must say. */
export const eventFilter: Readonly<Record<string, TSchema>> = {
  what: text(128),
  about: text(2048),
  actor: text(2048),
  outcome: Type.Union([Type.Literal('done'), Type.Literal('allowed'), Type.Literal('refused')]),
  request: Type.String({ pattern: '^req_[0-9A-Za-z]{22}$' }),
  sinceMs: epochMs,
  untilMs: epochMs,
}

/** After which place, and what the events must say. */
export const tailQuery: TSchema = Type.Object(
  {
    place: Type.Optional(Type.String({ maxLength: 512 })),
    ...Object.fromEntries(Object.entries(eventFilter).map(([name, of]) => [name, Type.Optional(of)])),
  },
  closed,
)
