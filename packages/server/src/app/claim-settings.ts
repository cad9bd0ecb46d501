/** Claims by mapping, as the configuration says them. @module */

import { claimSources, type ClaimMapping, type ClaimMappings } from '#oauth'
import { Type, type TUnsafe } from 'typebox'
import { closed } from './settings-parts.ts'

export type MappedClaimSettings = Readonly<Record<string, Readonly<Record<string, ClaimMapping & { readonly says?: string }>>>>

const mapping = Type.Object(
  {
    from: Type.Union(
      claimSources.map((source) => Type.Literal(source)),
      { description: 'What of the person the claim says.' },
    ),
    in: Type.Optional(
      Type.Array(Type.Union([Type.Literal('id_token'), Type.Literal('userinfo'), Type.Literal('access_token')]), {
        minItems: 1,
        maxItems: 3,
        uniqueItems: true,
        description: 'Where it is told; in the ID token and at UserInfo when absent.',
      }),
    ),
    says: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'What the consent page calls it.' })),
  },
  closed,
)

const scope = Type.String({ pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e]{1,128}$' })
const claim = Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_.:/#-]{0,127}$' })

export const claimSettings: TUnsafe<MappedClaimSettings> = Type.Unsafe<MappedClaimSettings>(
  Type.Record(scope, Type.Record(claim, mapping, { minProperties: 1, maxProperties: 16 }), {
    maxProperties: 64,
    description: 'Claims that a scope tells beside the standard ones: `teams: { groups: { from: groups } }`.',
  }),
)

/** Whether any claim needs to know what a person holds through their groups. */
export function tellsGroups(mappings: ClaimMappings = {}): boolean {
  return Object.values(mappings).some((claims) => Object.values(claims).some(({ from }) => from === 'groups'))
}
