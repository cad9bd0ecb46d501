/**
 * Turns what a request presents into one principal: the owner's socket, a
 * bearer token, or the browser's session cookie. Two that are presented together
 * are refused, because what one of them allows might be done in the name of the other.
 *
 * @module
 */

import type { Presented, RefusalAnswer } from '#http'
import { refusals, type Operation, type Principal, type Refuse } from '#kernel'
import type { Session, Sessions } from '#sessions'
import type { Tokens } from '#tokens'

const says = {
  'credentials.disagree': 'The request carries more than one credential. Send one.',
  'credentials.malformed': 'The Authorization header cannot be read. It is "Bearer" and a token.',
} as const

export type CredentialRefusalCode = keyof typeof says

/** Codes of this file with their public sentences. */
export const credentialRefusals: Readonly<Record<CredentialRefusalCode, string>> = says

export const credentialAnswers: Readonly<Record<CredentialRefusalCode, RefusalAnswer>> = {
  'credentials.disagree': { status: 400, error: 'invalid_request' },
  'credentials.malformed': { status: 401, error: 'invalid_request', headers: { 'www-authenticate': 'Bearer' } },
}

const refuse: Refuse<CredentialRefusalCode> = refusals(says)

/** The cookie of the central session, without the prefix that https adds. */
export const sessionCookie = 'countersign_session'

export interface IdentifyPorts {
  readonly sessions: Pick<Sessions, 'find'>
  readonly tokens: Pick<Tokens, 'verifyAccessToken'>
  /** The audience that a token must name to be used at a route. */
  readonly audienceOf: (route: string) => string
}

/** Finds out who sends a request. Undefined when it presents nothing. */
export function createIdentify({ sessions, tokens, audienceOf }: IdentifyPorts) {
  return async (op: Operation, presented: Presented, accepts: 'session' | 'principal'): Promise<Principal | undefined> => {
    const cookie = presented.cookies[sessionCookie]
    if (accepts === 'session') return cookie === undefined ? undefined : fromSession(await sessions.find(op, cookie))
    if (presented.via === 'socket') return machineOwner(op.nowMs)
    const { authorization } = presented.headers
    if (authorization === undefined) return undefined
    if (cookie !== undefined) throw refuse('credentials.disagree')
    return tokens.verifyAccessToken(op, requireBearer(authorization), audienceOf(presented.route))
  }
}

/** RFC 6750 section 2.1; the scheme's case does not matter (RFC 9110 section 11.1). */
function requireBearer(header: string): string {
  const [, token] = /^bearer ([A-Za-z0-9._~+/-]+=*)$/i.exec(header) ?? []
  if (token === undefined) throw refuse('credentials.malformed')
  return token
}

function fromSession(session: Session | undefined): Principal | undefined {
  if (session === undefined) return undefined
  const { id, user, acr, amr, authTimeMs } = session
  return { is: 'user', id: user, session: id, proof: { acr, amr, authTimeMs }, credential: { kind: 'session' } }
}

/** Whoever can open the socket can read the database: the socket grants no more. */
function machineOwner(nowMs: number): Principal {
  return {
    is: 'machine-owner',
    id: 'machine-owner',
    proof: { acr: 'machine', amr: ['socket'], authTimeMs: nowMs },
    credential: { kind: 'socket' },
  }
}
