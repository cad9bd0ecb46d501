/**
 * What is said of an app behind the gateway, in the configuration file and over the
 * admin API alike: one schema, so that neither allows what the other refuses.
 *
 * @module
 */

import { Type, type Static, type TObject } from 'typebox'
import type { AppRoute } from './contract.ts'

const closed = { additionalProperties: false } as const

/** Without control characters, which no message to a gateway holds. */
const printable = '^[^\\u0000-\\u001f\\u007f]+$'

const path = Type.Object(
  {
    path: Type.String({ pattern: '^/', maxLength: 1024, description: 'An exact path, or a prefix that ends in `/*`.' }),
    methods: Type.Optional(Type.Array(Type.String({ pattern: '^[A-Z]{1,16}$' }), { minItems: 1, maxItems: 16 })),
    action: Type.Optional(
      Type.String({ pattern: printable, maxLength: 128, description: 'The action of the policy store that must be permitted.' }),
    ),
    resource: Type.Optional(
      Type.Object(
        { type: Type.String({ pattern: printable, maxLength: 128 }), id: Type.String({ pattern: printable, maxLength: 1024 }) },
        closed,
      ),
    ),
    open: Type.Optional(Type.Literal('anyone', { description: 'No identity and no decision. Say it for what strangers may see.' })),
  },
  closed,
)

const paths = Type.Array(path, { minItems: 1, maxItems: 1024 })

/** In the order in which people read them. */
const first = {
  origin: Type.String({ pattern: '^https?://[^/?#]+$', maxLength: 512, description: 'Scheme, host and port as a browser asks for it.' }),
  name: Type.String({ minLength: 1, maxLength: 64, description: 'The app in words, for people.' }),
  policyStore: Type.String({ pattern: '^[a-z][a-z0-9-]{0,62}$' }),
  upstream: Type.String({ pattern: '^http://[^/?#]+$', maxLength: 512, description: 'Where the app listens.' }),
  audience: Type.Optional(
    Type.String({ pattern: printable, maxLength: 512, description: 'The `aud` of assertions; the origin when absent.' }),
  ),
}

const last = {
  tellName: Type.Optional(Type.Boolean({ description: 'Tell the app the person’s name in assertions.' })),
  addHeaders: Type.Optional(
    Type.Record(Type.String({ pattern: '^[a-z][a-z0-9-]{0,63}$' }), Type.String({ maxLength: 2048 }), {
      description: 'Headers for the app’s answers that lack them, by lower-case names.',
    }),
  ),
}

const app = Type.Object({ ...first, paths, ...last }, closed)

/** An app as the admin API is told of it. */
export const appSchema: TObject = app

/** An app as the configuration tells of it, which calls its paths `routes`. */
export const configuredAppSchema: TObject = Type.Object({ ...first, routes: paths, ...last }, closed)

/** What may be changed of an app: everything but where people find it. */
export const appChangeSchema: TObject = Type.Object(
  Object.fromEntries(
    Object.entries({ ...first, paths, ...last }).flatMap(([name, schema]) => (name === 'origin' ? [] : [[name, Type.Optional(schema)]])),
  ),
  { ...closed, minProperties: 1 },
)

/** The schema and the interface say the same: this line does not compile when they differ. */
type Same<Left, Right> = Left extends Right ? true : never
const schemaFitsInterface: Same<Static<typeof app>, AppRoute> = true
void schemaFitsInterface
