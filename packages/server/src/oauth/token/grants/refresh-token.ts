/**
 * The refresh token grant, RFC 6749 section 6 with RFC 9700 section 4.14.2. What
 * becomes of the token is judged in `#tokens`; here it is only asked whether the
 * person is still there for a family that lives with its session.
 *
 * @module
 */

import type { Operation, SessionId } from '#kernel'
import type { Store } from '#store'
import { checkNarrowed, prepareRefresh, type AuthorizationDetail, type PreparedRefresh, type Refreshed, type Tokens } from '#tokens'
import { readScopes } from '../../scope.ts'
import type { DetailTypes } from '../../details/registered.ts'
import type { BoundClient } from '../authenticate-client.ts'
import type { Granted } from '../issue.ts'
import { narrowedDetails, readAskedDetails, requireKnown } from './details.ts'
import { refuse } from './refusals.ts'
import { readResource, resourceAudience } from './resource.ts'

export interface RefreshRequest {
  readonly token: string
  /** Fewer scopes than were granted; undefined asks for all. */
  readonly scopes: readonly string[] | undefined
  /** Fewer of what was granted in detail; undefined asks for all. */
  readonly details: readonly AuthorizationDetail[] | undefined
  /** For which of the granted resources the token is to be. */
  readonly resource?: string | undefined
}

export interface RefreshGrantPorts {
  readonly store: Store
  readonly detailTypes: Pick<DetailTypes, 'fit'>
  readonly tokens: Pick<Tokens, 'useRefreshToken' | 'findFamilyOf' | 'revocations'>
  /** Whether the session still lives. Asking does not prolong it: a program that refreshes is no person who is there. */
  readonly isSessionLive: (op: Operation, id: SessionId) => Promise<boolean>
}

type Form = Readonly<Record<string, string | undefined>>

export function readRefreshRequest(form: Form): RefreshRequest {
  const { refresh_token: token = '', scope } = form
  if (token === '') throw refuse('grant.parameter_missing')
  const scopes = scope === undefined || scope === '' ? undefined : readScopes(scope)
  if (scope !== undefined && scope !== '' && scopes === undefined) throw refuse('grant.scope', 'malformed')
  return { token, scopes, details: readAskedDetails(form), resource: readResource(form) }
}

export async function refresh(caller: BoundClient, request: RefreshRequest, ports: RefreshGrantPorts): Promise<Granted> {
  const { op, client, proof } = caller
  // Who can prove itself is bound to that, and may change its key; who cannot is bound to the key (RFC 9449 section 5).
  const confirmation = client.kind === 'public' ? caller.confirmation : undefined
  const keeps = client.securityProfile === undefined ? undefined : 'refresh-token'
  const prepared = prepareRefresh(op, request.token)
  if (prepared === undefined) throw refuse('grant.unknown_token')
  await requireSession(op, request.token, ports)
  const used = await ports.store.write(op, async (tx): Promise<Refreshed> => {
    const used = await ports.tokens.useRefreshToken(tx, op, prepared, { client: client.id, proof, confirmation, keeps })
    // Thrown inside, so that asking for too much spends nothing. A theft has no scopes to ask for.
    if (used.is !== 'theft') {
      checkNarrowed(used.family.scopes, request.scopes)
      requireKnown(narrowedDetails(used.family.details, request.details), client, ports.detailTypes)
      resourceAudience(used.family, request.resource)
    }
    return used
  })
  return grantedBy(op, used, prepared, request, ports)
}

/** The family ended in the same write; that is announced before the client is told. */
async function grantedBy(
  op: Operation,
  used: Refreshed,
  { accessToken }: PreparedRefresh,
  request: RefreshRequest,
  { tokens }: RefreshGrantPorts,
): Promise<Granted> {
  if (used.is === 'theft') {
    await tokens.revocations.announce(op)
    throw refuse('grant.token_reused')
  }
  const { family } = used
  // What is kept is not told again.
  const token = used.is === 'kept' ? undefined : used.token
  const details = narrowedDetails(family.details, request.details)
  const audience = resourceAudience(family, request.resource)
  return { accessToken, refreshToken: token, family, scopes: request.scopes ?? family.scopes, details, audience, nonce: undefined }
}

/**
 * A session can end by time, which no write marks, so it is asked for before the
 * token is touched. If it is ended by somebody meanwhile, that write ends
 * the family, and the database decides which was first.
 */
async function requireSession(op: Operation, token: string, { store, tokens, isSessionLive }: RefreshGrantPorts): Promise<void> {
  const family = await store.read(op, async (db) => tokens.findFamilyOf(op, db, token))
  if (family?.lives !== 'with-session' || family.endedAtMs !== undefined) return
  if (!(await isSessionLive(op, family.session))) throw refuse('grant.session_over')
}
