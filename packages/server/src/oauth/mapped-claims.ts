/**
 * Claims by mapping: what an operator has a scope tell of a person beside the
 * standard claims. Pure.
 *
 * @module
 */

import { standardClaims, type ClaimPlace, type ClaimTable, type Person, type PersonClaim } from './claims.ts'

/** What of a person a mapped claim says. */
export const claimSources = ['username', 'name', 'email', 'picture', 'phoneNumber', 'groups', 'roles'] as const

export type ClaimSource = (typeof claimSources)[number]

export interface ClaimMapping {
  readonly from: ClaimSource
  /** Where it is told; in the ID token and at UserInfo when absent. */
  readonly in?: readonly ClaimPlace[] | undefined
}

/** By scope and by the name of the claim. */
export type ClaimMappings = Readonly<Record<string, Readonly<Record<string, ClaimMapping>>>>

/**
 * What a token, its verification or an introspection answer says of itself: RFC
 * 7519 section 4.1, OpenID Connect Core sections 2 and 3.3, RFC 7662 section 2.2,
 * RFC 7800, RFC 8693 section 4, RFC 9068, RFC 9396 and ours. A mapping never says these.
 */
const reserved: ReadonlySet<string> = new Set(
  [
    'iss sub aud exp nbf iat jti typ cty alg auth_time nonce acr amr azp at_hash c_hash s_hash sid sub_jwk events toe txn',
    '_claim_names _claim_sources active scope client_id token_type cnf act may_act authorization_details',
    'gen fam cli userinfo_claims sealed_sub',
  ].flatMap((names) => names.split(' ')),
)

/** What is wrong with mappings, in words. */
export function mappingMistakes(mappings: ClaimMappings): readonly string[] {
  const seen = new Set<string>()
  return Object.entries(mappings).flatMap(([scope, claims]) =>
    Object.keys(claims).flatMap((name) => {
      const isTwice = seen.has(name)
      seen.add(name)
      if (reserved.has(name)) return [`claims.${scope}.${name}: the protocol says this claim itself`]
      if (standardClaims.has(name)) return [`claims.${scope}.${name}: this is a claim of the scope ${standardClaims.get(name)?.scope}`]
      return isTwice ? [`claims.${scope}.${name}: another scope tells a claim of this name`] : []
    }),
  )
}

/** The standard claims and the mapped ones. Throws for mappings with mistakes. */
export function claimTable(mappings: ClaimMappings = {}): ClaimTable {
  const [mistake] = mappingMistakes(mappings)
  if (mistake !== undefined) throw new Error(mistake)
  const mapped = Object.entries(mappings).flatMap(([scope, claims]) =>
    Object.entries(claims).map(([name, mapping]) => [name, mappedClaim(scope, mapping)] as const),
  )
  return new Map([...standardClaims, ...mapped])
}

function mappedClaim(scope: string, { from, in: places = ['id_token', 'userinfo'] }: ClaimMapping): PersonClaim {
  return { scope, in: places, of: (person: Person) => person[from] }
}
