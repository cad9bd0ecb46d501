/**
 * How a client says who it is, RFC 6749 section 2.3.1: by HTTP Basic or in the
 * form, or by an assertion (RFC 7521 section 4.2), and in one of them only. Pure.
 *
 * @module
 */

import { readUtf8, refusals, type Refuse } from '#kernel'
import { assertedSubject } from '#keys'

export const clientAuthSays = {
  'client_auth.failed': 'The client could not be authenticated.',
  'client_auth.two_methods': 'The client may authenticate in one way only.',
} as const

export type ClientAuthRefusalCode = keyof typeof clientAuthSays

export const refuse: Refuse<ClientAuthRefusalCode> = refusals(clientAuthSays)

/** The only type of assertion, RFC 7523 section 2.2. */
export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** What was sent. Without a secret or an assertion it is a public client's word and no proof. */
export type ClientCredentials =
  | {
      readonly clientId: string
      readonly secret: string | undefined
      readonly method: 'none' | 'client_secret_basic' | 'client_secret_post'
    }
  | { readonly clientId: string; readonly assertion: string; readonly method: 'assertion' }

type Form = Readonly<Record<string, string | undefined>>

/** Throws `client_auth.failed` and `client_auth.two_methods`. */
export function readClientCredentials(authorization: string | undefined, form: Form): ClientCredentials {
  const { client_id: clientId, client_secret: secret } = form
  if (form['client_assertion'] !== undefined || form['client_assertion_type'] !== undefined) return readAssertion(authorization, form)
  if (authorization !== undefined) {
    if (secret !== undefined) throw refuse('client_auth.two_methods')
    const basic = readBasic(authorization)
    if (basic === undefined) throw refuse('client_auth.failed', 'the Authorization field cannot be read')
    if (clientId !== undefined && clientId !== basic.clientId) throw refuse('client_auth.two_methods', 'two client ids')
    return { ...basic, method: 'client_secret_basic' }
  }
  if (clientId === undefined || clientId === '') throw refuse('client_auth.failed', 'no client id')
  if (secret === undefined || secret === '') return { clientId, secret: undefined, method: 'none' }
  return { clientId, secret, method: 'client_secret_post' }
}

/** RFC 7521 section 4.2. The client is named by the assertion; `client_id` may say the same and nothing else. */
function readAssertion(authorization: string | undefined, form: Form): ClientCredentials {
  const { client_id: clientId, client_secret: secret, client_assertion: assertion = '', client_assertion_type: type } = form
  if (authorization !== undefined || secret !== undefined) throw refuse('client_auth.two_methods')
  if (type !== assertionType) throw refuse('client_auth.failed', 'the assertion is of another type')
  const subject = assertedSubject(assertion)
  if (subject === undefined) throw refuse('client_auth.failed', 'the assertion cannot be read')
  if (clientId !== undefined && clientId !== subject) throw refuse('client_auth.two_methods', 'two client ids')
  return { clientId: subject, assertion, method: 'assertion' }
}

/** RFC 7617, with both parts form-encoded before they are joined, as RFC 6749 section 2.3.1 wants. */
function readBasic(authorization: string): { readonly clientId: string; readonly secret: string } | undefined {
  const [, encoded = ''] = /^basic ([a-z0-9+/]{2,8192}={0,2})$/i.exec(authorization) ?? []
  const bytes = Buffer.from(encoded, 'base64')
  if (encoded === '' || bytes.toString('base64') !== encoded) return undefined
  const pair = readUtf8(bytes) ?? ''
  const colon = pair.indexOf(':')
  const clientId = colon < 1 ? undefined : readFormValue(pair.slice(0, colon))
  const secret = readFormValue(pair.slice(colon + 1))
  return clientId === undefined || secret === undefined || secret === '' ? undefined : { clientId, secret }
}

function readFormValue(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}
