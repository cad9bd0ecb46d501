/**
 * Signed authorization requests, RFC 9101 (JAR): whether a request object is the
 * client's, for us and for now, and the parameters that it holds. Pure.
 *
 * What stands beside the object counts for nothing (section 6.3), or whoever has
 * the browser would add to what the client signed. The one exception is the
 * `response_type` that OpenID Connect Core section 6.1 wants outside: where the
 * object leaves it out it is read there, and it must not contradict the object.
 *
 * @module
 */

import { Value } from 'typebox/value'
import { verifyRequestObject, type ClientSigned, type PublicJwk } from '#keys'
import type { Client } from '../clients/client.ts'
import { readScopes } from '../scope.ts'
import type { ObjectRefusalCode } from './check.ts'
import { authorizeParameters, authorizeSchema } from './request.ts'

/** FAPI 2.0 Message Signing section 5.3.1: a signed request is made for one sign-in, which may wait in a mail or a queue for a while. */
const longestLifeSeconds = 3_600

/** What two machines' clocks may differ by. */
const skewSeconds = 30

type Claims = Readonly<Record<string, unknown>>
type Sent = Readonly<Record<string, string | undefined>>

export interface ExpectedObject {
  /** Those of the client. */
  readonly keys: readonly PublicJwk[]
  readonly issuer: string
  readonly nowMs: number
  /** What stands beside the object. */
  readonly outside: Sent
}

/** The parameters that count, as if they had been sent, or why there are none. */
export type OpenedObject =
  { readonly is: 'opened'; readonly sent: Readonly<Record<string, string>> } | { readonly is: 'refused'; readonly code: ObjectRefusalCode }

export function openRequestObject(text: string, client: Client, expected: ExpectedObject): OpenedObject {
  // RFC 7516 section 7.1: a JWE has five parts.
  if (text.split('.', 6).length === 5) return { is: 'refused', code: 'authorize.request_object_encrypted' }
  const verified = verifyRequestObject(expected.keys, text)
  const { requestObjectSigningAlg: only } = client
  if (verified === undefined || (only !== undefined && verified.algorithm !== only)) return invalid
  if (!isForUsNow(verified, client, expected)) return invalid
  const sent = parametersOf(verified.claims, expected.outside)
  return sent === undefined ? invalid : { is: 'opened', sent }
}

const invalid: OpenedObject = { is: 'refused', code: 'authorize.request_object' }

/** Everything that is neither the signature nor a parameter: RFC 9101 sections 4, 6.3, 10.8 and FAPI 2.0 Message Signing section 5.3.1. */
function isForUsNow({ claims }: ClientSigned, { clientId, securityProfile }: Client, { issuer, nowMs }: ExpectedObject): boolean {
  const { iss, sub, aud, exp, nbf, iat, client_id: named } = claims
  const now = nowMs / 1000
  if (iss !== clientId || named !== clientId) return false
  // It could pass as an assertion of who the client is.
  if (sub === clientId) return false
  if (!(Array.isArray(aud) ? (aud as readonly unknown[]) : [aud]).includes(issuer)) return false
  if (!isTime(exp) || exp <= now - skewSeconds || exp > now + longestLifeSeconds + skewSeconds) return false
  if (iat !== undefined && (!isTime(iat) || iat > now + skewSeconds)) return false
  // FAPI 2.0 Message Signing section 5.3.1.
  if (nbf === undefined) return securityProfile !== 'fapi2-message-signing'
  return isTime(nbf) && nbf <= now + skewSeconds && nbf >= now - longestLifeSeconds - skewSeconds && exp - nbf <= longestLifeSeconds
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 && value < 1e11
}

/** Undefined when the object holds another request (section 4), or a parameter that is no text. */
function parametersOf(claims: Claims, outside: Sent): Readonly<Record<string, string>> | undefined {
  if ('request' in claims || 'request_uri' in claims) return undefined
  const names = Object.keys(authorizeParameters).filter((name) => claims[name] !== undefined)
  const inside = Object.fromEntries(names.map((name) => [name, textOf(name, claims[name])]))
  const { response_type: said } = outside
  const isOpenId = typeof claims['scope'] === 'string' && readScopes(claims['scope'])?.includes('openid') === true
  const responseType = inside['response_type'] ?? (isOpenId ? said : undefined)
  if (said !== undefined && said !== '' && responseType !== undefined && responseType !== said) return undefined
  const sent = { ...inside, ...(responseType === undefined ? {} : { response_type: responseType }) }
  return Value.Check(authorizeSchema, sent) ? (sent as Readonly<Record<string, string>>) : undefined
}

/** Section 4: a number stays a number in JSON, and JSON is not written as text. */
function textOf(name: string, value: unknown): unknown {
  if (name === 'max_age' && typeof value === 'number') return String(value)
  const isJson = name === 'claims' || name === 'authorization_details'
  return isJson && typeof value === 'object' && value !== null ? JSON.stringify(value) : value
}
