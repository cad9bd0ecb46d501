/** A client of the configuration, as its schema and as what it is once it has that shape. @module */

import { Type, type TUnsafe } from 'typebox'
import { askedMetadata, type ClientMetadata } from '#oauth'
import { closed, file } from './settings-parts.ts'

export const clientSettings: TUnsafe<ClientSettings> = Type.Unsafe<ClientSettings>(
  Type.Object(
    {
      clientId: Type.String({ minLength: 1, maxLength: 2048 }),
      name: Type.String({ minLength: 1, maxLength: 128 }),
      kind: Type.Union([Type.Literal('confidential'), Type.Literal('public')]),
      secretFile: Type.Optional(file('Holds the secret of a confidential client, readable by its owner only.')),
      jwks: Type.Optional(
        Type.Object(
          { keys: Type.Array(Type.Object({}, { additionalProperties: true }), { minItems: 1, maxItems: 4 }) },
          {
            ...closed,
            description:
              'Public keys that the client signs its requests with. A confidential client without a secretFile proves itself by them too (private_key_jwt).',
          },
        ),
      ),
      redirectUris: Type.Optional(Type.Array(Type.String({ maxLength: 2048 }), { maxItems: 64 })),
      postLogoutRedirectUris: Type.Optional(
        Type.Array(Type.String({ maxLength: 2048 }), { maxItems: 64, description: 'Where people may be sent after they have signed out.' }),
      ),
      grantTypes: Type.Array(
        Type.Union([Type.Literal('authorization_code'), Type.Literal('refresh_token'), Type.Literal('client_credentials')]),
        {
          minItems: 1,
        },
      ),
      scopes: Type.Array(Type.String({ maxLength: 128 }), { maxItems: 64 }),
      audiences: Type.Optional(Type.Array(Type.String({ maxLength: 512 }), { maxItems: 16 })),
      introspects: Type.Optional(
        Type.Array(Type.String({ maxLength: 512 }), {
          maxItems: 16,
          description: 'Resources that it serves: it may ask about tokens for them at the introspection endpoint.',
        }),
      ),
      ...askedMetadata,
    },
    closed,
  ),
)

export interface ClientSettings extends Partial<ClientMetadata> {
  readonly clientId: string
  readonly name: string
  readonly kind: 'confidential' | 'public'
  readonly secretFile?: string
  readonly jwks?: { readonly keys: readonly object[] }
  readonly redirectUris?: readonly string[]
  readonly postLogoutRedirectUris?: readonly string[]
  readonly grantTypes: readonly ('authorization_code' | 'refresh_token' | 'client_credentials')[]
  readonly scopes: readonly string[]
  readonly audiences?: readonly string[]
  readonly introspects?: readonly string[]
}
