/** What may be said of requests that the server makes to addresses that others wrote. @module */

import type { OutboundExcuse } from '#http'
import { Type, type TUnsafe } from 'typebox'
import { closed, file } from './settings-parts.ts'

const excuse = Type.Object(
  {
    host: Type.String({ minLength: 1, maxLength: 255, description: 'The name, as it stands in the address.' }),
    addresses: Type.String({
      minLength: 2,
      maxLength: 64,
      description: 'Where the name may lead: an address, or a network (`10.1.0.0/16`).',
    }),
    port: Type.Integer({ minimum: 1, maximum: 65_535 }),
  },
  closed,
)

export interface OutboundSettings {
  readonly caFile?: string
  readonly unsafelyAllow?: readonly OutboundExcuse[]
}

export const outboundSettings: TUnsafe<OutboundSettings> = Type.Unsafe<OutboundSettings>(
  Type.Object(
    {
      caFile: Type.Optional(
        file('PEM of authorities that are believed beside those of this machine, for requests to addresses that clients registered.'),
      ),
      unsafelyAllow: Type.Optional(
        Type.Array(excuse, {
          maxItems: 64,
          description:
            'Hosts that the server may ask although their addresses are not public, or their port is not 443. For tests and networks of one’s own.',
        }),
      ),
    },
    closed,
  ),
)
