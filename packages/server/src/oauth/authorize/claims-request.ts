/**
 * The `claims` parameter, OpenID Connect Core section 5.5: single claims for the
 * ID token and for UserInfo, who has to answer, and how strongly. Pure.
 *
 * What is not known is ignored, as section 5.5 wants, and so is `essential` but
 * for `acr`: no claim is an error when it cannot be had (section 5.5.1).
 *
 * @module
 */

import { utf8 } from '#kernel'
import { readJsonObject } from '#keys'
import type { GrantedClaims } from '#tokens'
import type { AskedStrength } from './strength.ts'

export interface ClaimsRequest {
  /** Names as they were sent; the client may not have all of them. */
  readonly claims?: GrantedClaims
  /** The `sub` that alone may answer: one of these. Nobody, where it is empty. */
  readonly subjects?: readonly string[]
  readonly strength?: AskedStrength
}

/** More than there are standard claims (section 5.1). */
const mostClaims = 32

type Members = Readonly<Record<string, unknown>>

/** Undefined for what is not a request for claims. */
export function readClaimsRequest(text: string): ClaimsRequest | undefined {
  const read = readJsonObject(utf8(text))
  if (read === undefined) return undefined
  const idToken = readPlace(read['id_token'])
  const userinfo = readPlace(read['userinfo'])
  if (idToken === undefined || userinfo === undefined) return undefined
  const subjects = [idToken, userinfo].map((place) => valuesOf(place['sub']))
  const strength = readStrength(idToken['acr'])
  if (subjects.includes('malformed') || strength === 'malformed') return undefined
  const only = inAll(subjects.filter((values) => Array.isArray(values)))
  const names = { idToken: Object.keys(idToken), userinfo: Object.keys(userinfo) }
  return {
    ...(names.idToken.length + names.userinfo.length === 0 ? {} : { claims: names }),
    ...(only === undefined ? {} : { subjects: only }),
    ...(strength === undefined ? {} : { strength }),
  }
}

/** Each claim is asked for by null or by an object. */
function readPlace(place: unknown): Readonly<Record<string, Members | null>> | undefined {
  if (place === undefined || place === null) return {}
  if (!isObject(place)) return undefined
  const claims = Object.values(place)
  return claims.length <= mostClaims && claims.every((claim) => claim === null || isObject(claim))
    ? (place as Readonly<Record<string, Members | null>>)
    : undefined
}

function readStrength(claim: Members | null | undefined): AskedStrength | 'malformed' | undefined {
  const values = valuesOf(claim)
  if (values === 'malformed') return values
  return values === undefined ? undefined : { values, essential: claim?.['essential'] === true }
}

/** `value` and `values` of a claim whose values are text. Undefined where it has none. */
function valuesOf(claim: Members | null | undefined): readonly string[] | 'malformed' | undefined {
  const { value, values } = claim ?? {}
  if (value === undefined && values === undefined) return undefined
  const all: readonly unknown[] | undefined = value === undefined ? (Array.isArray(values) ? values : undefined) : [value]
  // Both at once contradict each other, or say the same twice.
  if (all === undefined || all.length === 0 || (value !== undefined && values !== undefined)) return 'malformed'
  return all.every((one) => typeof one === 'string') ? all : 'malformed'
}

/** What is in each of the lists; undefined where there is none. */
function inAll(lists: readonly (readonly string[])[]): readonly string[] | undefined {
  const [first, ...others] = lists
  return first?.filter((one) => others.every((list) => list.includes(one)))
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
