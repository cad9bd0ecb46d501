/**
 * Every setting there is, as one schema: what the file may say, what the
 * environment may override, and the published JSON Schema all come from here.
 *
 * Seconds and not milliseconds, because people write these.
 *
 * @module
 */

import type { DetailType, DetailTypeSettings } from '#oauth'
import { configuredAppSchema } from '#routing'
import { Type, type Static, type TSchema } from 'typebox'
import { claimSettings, type MappedClaimSettings } from './claim-settings.ts'
import { clientSettings, type ClientSettings } from './client-settings.ts'
import { mtlsSettings, type MtlsSettings } from './mtls-settings.ts'
import { outboundSettings, type OutboundSettings } from './outbound-settings.ts'
import { closed, file, type ListenerSettings } from './settings-parts.ts'

const port = Type.Integer({ minimum: 0, maximum: 65535, description: 'TCP port; 0 takes a free one.' })

const tls = Type.Object({ certificateFile: file('PEM, the chain, leaf first.'), keyFile: file('PEM, readable by its owner only.') }, closed)

/** Who ends TLS when we do not. Named, so that nobody serves plain HTTP without having said so. */
const tlsEndedBy = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 64, description: 'The proxy in words, for instance `nginx`.' }),
    addresses: Type.Array(Type.String({ minLength: 2, maxLength: 64 }), {
      minItems: 1,
      maxItems: 64,
      description: 'Addresses whose X-Forwarded-For and X-Forwarded-Proto are believed.',
    }),
  },
  closed,
)

const listener = Type.Object(
  { host: Type.String({ minLength: 1, maxLength: 255 }), port, tls: Type.Optional(tls), tlsEndedBy: Type.Optional(tlsEndedBy) },
  closed,
)

const gatewayHost = Type.Unsafe<GatewayHostSettings>(configuredAppSchema)

const rate = Type.Object(
  {
    burst: Type.Integer({ minimum: 1, maximum: 10_000_000, description: 'How many at once.' }),
    perSecond: Type.Number({ exclusiveMinimum: 0, maximum: 10_000_000, description: 'How fast it fills again.' }),
  },
  closed,
)

const classRates = Type.Object({ address: Type.Optional(rate), principal: Type.Optional(rate) }, closed)

const redis = Type.Object(
  {
    url: Type.String({
      pattern: '^rediss?://[^/?#@]+(/[0-9]{1,4})?$',
      maxLength: 512,
      description: 'Redis or Valkey as `rediss://host:port`, or `redis://` on loopback. Without a password.',
    }),
    username: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    passwordFile: Type.Optional(file('Holds the password, readable by its owner only.')),
    caFile: Type.Optional(file('PEM of the authority of its certificate; the system’s authorities when absent.')),
  },
  { ...closed, description: 'Counts limits exactly over several servers. In each server’s memory when absent.' },
)

const limits = Type.Object(
  {
    redis: Type.Optional(redis),
    classes: Type.Optional(
      Type.Object(
        {
          page: Type.Optional(classRates),
          'signed-error': Type.Optional(classRates),
          'sign-in': Type.Optional(classRates),
          token: Type.Optional(classRates),
          pushed: Type.Optional(classRates),
          api: Type.Optional(classRates),
          admin: Type.Optional(classRates),
          metadata: Type.Optional(classRates),
          proxied: Type.Optional(classRates),
        },
        closed,
      ),
    ),
    guesses: Type.Optional(
      Type.Object(
        {
          accountFromNetwork: Type.Optional(rate),
          accountFromKnownBrowser: Type.Optional(rate),
          account: Type.Optional(rate),
          network: Type.Optional(rate),
        },
        closed,
      ),
    ),
  },
  closed,
)

const detailType = Type.Object(
  {
    says: Type.String({
      minLength: 1,
      maxLength: 256,
      description: 'For the person who is asked, with required members in braces: `Pay {amount} euros to {creditor.name}`.',
    }),
    members: Type.Unsafe<DetailType['members']>(
      Type.Record(Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_]{0,63}$' }), Type.Object({}, { additionalProperties: true }), {
        maxProperties: 64,
        description:
          'What a detail holds beside its type: a JSON Schema for each member, its `title` for the page. What is not described is refused.',
      }),
    ),
    required: Type.Optional(Type.Array(Type.String({ maxLength: 64 }), { maxItems: 64 })),
  },
  closed,
)

const settings = Type.Object(
  {
    version: Type.Literal(1, { description: 'The format of this file.' }),
    issuer: Type.String({
      maxLength: 512,
      description: 'The identity server as browsers and clients reach it; https, or http on loopback.',
    }),
    dataDirectory: file('Where the embedded database lives, relative to this file.'),
    rootKeyFile: file('The key that wraps all others. Outside the data directory.'),
    database: Type.Optional(
      Type.Object(
        {
          url: Type.String({
            minLength: 1,
            maxLength: 4096,
            description: 'postgres://…, with ?sslmode=verify-full unless it is on this machine; the embedded database when absent.',
          }),
          migrateUrl: Type.Optional(
            Type.String({
              minLength: 1,
              maxLength: 4096,
              description: 'Of the role that owns the tables and makes them, where it is not the one that runs the server.',
            }),
          ),
          caFile: Type.Optional(file('PEM of the authority of the database’s certificate; those that the system knows when absent.')),
        },
        closed,
      ),
    ),
    workers: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 64,
        description: 'Processes on this machine, with PostgreSQL; one when absent. `start --workers` overrides it.',
      }),
    ),
    listen: listener,
    gateway: Type.Optional(Type.Object({ listen: listener, hosts: Type.Array(gatewayHost, { minItems: 1, maxItems: 1024 }) }, closed)),
    policies: Type.Optional(
      Type.Record(Type.String({ pattern: '^[a-z][a-z0-9-]{0,62}$' }), file('The folder of a policy store.'), {
        description: 'Policy stores by name. `countersign` is built in and may be replaced.',
      }),
    ),
    referee: Type.Optional(
      Type.Object(
        {
          questions: Type.Optional(
            Type.Integer({
              minimum: 0,
              maximum: 1_000_000,
              description:
                'How many random questions Cedar’s own build must answer as this engine does before a policy set is activated; 10,000 when absent, none at 0.',
            }),
          ),
          share: Type.Optional(
            Type.Number({
              minimum: 0,
              maximum: 1,
              description:
                'Which share of the decisions Cedar’s own build is asked as well, behind the answer; one in a thousand (0.001) when absent, none at 0. After one that it answers differently both must allow, until another set is activated.',
            }),
          ),
        },
        closed,
      ),
    ),
    clients: Type.Optional(Type.Array(clientSettings, { maxItems: 10_000 })),
    scopes: Type.Optional(
      Type.Record(Type.String({ pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e]{1,128}$' }), Type.String({ minLength: 1, maxLength: 128 }), {
        description: 'What scopes of your own mean, in words for the consent page: `notes:read: Read notes in your name`.',
      }),
    ),
    claims: Type.Optional(claimSettings),
    requirePushedRequests: Type.Optional(
      Type.Boolean({
        description:
          'Every client has to push its authorization requests (PAR, RFC 9126), but for those of the gateway and the command line.',
      }),
    ),
    authorizationDetails: Type.Optional(
      Type.Record(Type.String({ pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e]{1,128}$' }), detailType, {
        description: 'Types of authorization details (RFC 9396) by name. A client may ask for those in its `authorizationDetailsTypes`.',
      }),
    ),
    sessions: Type.Optional(
      Type.Object(
        {
          idleSeconds: Type.Optional(Type.Integer({ minimum: 60, maximum: 86_400 })),
          absoluteSeconds: Type.Optional(Type.Integer({ minimum: 300, maximum: 2_592_000 })),
        },
        closed,
      ),
    ),
    tokens: Type.Optional(
      Type.Object(
        {
          accessTokenSeconds: Type.Optional(
            Type.Integer({
              minimum: 60,
              maximum: 3600,
              description: 'How long access tokens live, unless their client says otherwise; 900 when absent.',
            }),
          ),
        },
        closed,
      ),
    ),
    passwords: Type.Optional(
      Type.Object(
        {
          memoryKibibytes: Type.Optional(Type.Integer({ minimum: 19_456, maximum: 1_048_576 })),
          passes: Type.Optional(Type.Integer({ minimum: 1, maximum: 16 })),
          parallelism: Type.Optional(Type.Integer({ minimum: 1, maximum: 4 })),
        },
        closed,
      ),
    ),
    limits: Type.Optional(limits),
    log: Type.Optional(
      Type.Object(
        {
          level: Type.Optional(
            Type.Union([Type.Literal('error'), Type.Literal('warn'), Type.Literal('info')], {
              description: '`warn` when absent. At `info` there is a line for each request.',
            }),
          ),
          addresses: Type.Optional(
            Type.Boolean({
              description: 'Write the caller’s address into the lines of requests. It is personal data, so it is left out when absent.',
            }),
          ),
        },
        closed,
      ),
    ),
    mtls: Type.Optional(mtlsSettings(listener)),
    outbound: Type.Optional(outboundSettings),
    tracing: Type.Optional(
      Type.Object(
        {
          collector: Type.String({
            pattern: '^https?://[^#]+$',
            maxLength: 2048,
            description: 'Where spans are sent, OTLP over HTTP: `http://127.0.0.1:4318/v1/traces`. Plain http on loopback only.',
          }),
          share: Type.Optional(
            Type.Number({ minimum: 0, maximum: 1, description: 'Of the traces that begin here, how many are kept; 0.1 when absent.' }),
          ),
          fromProxies: Type.Optional(
            Type.Boolean({
              description:
                'Continue traces that the proxies of `tlsEndedBy` name in `traceparent`. They must take away what strangers say.',
            }),
          ),
        },
        closed,
      ),
    ),
    metrics: Type.Optional(
      Type.Object(
        {
          listen: listener,
          gatewayListen: Type.Optional(listener),
          tokenFile: Type.Optional(
            file('Holds the bearer token that scrapers send, readable by its owner only. Needed where a listener is not on loopback.'),
          ),
        },
        closed,
      ),
    ),
  },
  closed,
)

export type { ClientSettings } from './client-settings.ts'

/** The whole configuration file, as the JSON Schema that is published. */
export const settingsSchema: TSchema = settings

export type { ListenerSettings } from './settings-parts.ts'

export interface GatewayRouteSettings {
  readonly path: string
  readonly methods?: readonly string[]
  readonly action?: string
  readonly resource?: { readonly type: string; readonly id: string }
  readonly open?: 'anyone'
}

export interface GatewayHostSettings {
  readonly origin: string
  readonly name: string
  readonly policyStore: string
  readonly upstream: string
  readonly audience?: string
  readonly routes: readonly GatewayRouteSettings[]
  readonly tellName?: boolean
  readonly addHeaders?: Readonly<Record<string, string>>
}

export interface GatewaySettings {
  readonly listen: ListenerSettings
  readonly hosts: readonly GatewayHostSettings[]
}

export interface RateSettings {
  readonly burst: number
  readonly perSecond: number
}

export interface RedisSettings {
  readonly url: string
  readonly username?: string
  readonly passwordFile?: string
  readonly caFile?: string
}

export interface LimitsSettings {
  readonly redis?: RedisSettings
  readonly classes?: Readonly<
    Partial<
      Record<
        'page' | 'signed-error' | 'sign-in' | 'token' | 'pushed' | 'api' | 'admin' | 'metadata' | 'proxied',
        { readonly address?: RateSettings; readonly principal?: RateSettings }
      >
    >
  >
  readonly guesses?: Readonly<Partial<Record<'accountFromNetwork' | 'accountFromKnownBrowser' | 'account' | 'network', RateSettings>>>
}

export interface TracingSettings {
  readonly collector: string
  readonly share?: number
  readonly fromProxies?: boolean
}

export interface MetricsSettings {
  readonly listen: ListenerSettings
  readonly gatewayListen?: ListenerSettings
  readonly tokenFile?: string
}

/** What the file says, once it has the right shape. */
export interface Settings {
  readonly version: 1
  readonly issuer: string
  readonly dataDirectory: string
  readonly rootKeyFile: string
  readonly database?: { readonly url: string; readonly migrateUrl?: string; readonly caFile?: string }
  readonly workers?: number
  readonly listen: ListenerSettings
  readonly gateway?: GatewaySettings
  readonly policies?: Readonly<Record<string, string>>
  readonly referee?: { readonly questions?: number; readonly share?: number }
  readonly clients?: readonly ClientSettings[]
  readonly scopes?: Readonly<Record<string, string>>
  readonly claims?: MappedClaimSettings
  readonly requirePushedRequests?: boolean
  readonly authorizationDetails?: DetailTypeSettings
  readonly sessions?: { readonly idleSeconds?: number; readonly absoluteSeconds?: number }
  readonly tokens?: { readonly accessTokenSeconds?: number }
  readonly passwords?: { readonly memoryKibibytes?: number; readonly passes?: number; readonly parallelism?: number }
  readonly limits?: LimitsSettings
  readonly log?: { readonly level?: 'error' | 'warn' | 'info'; readonly addresses?: boolean }
  readonly mtls?: MtlsSettings
  readonly outbound?: OutboundSettings
  readonly tracing?: TracingSettings
  readonly metrics?: MetricsSettings
}

/** The schema and the interface say the same: this line does not compile when they differ. */
type Same<Left, Right> = Left extends Right ? true : never
const schemaFitsInterface: Same<Static<typeof settings>, Settings> = true
void schemaFitsInterface
