/**
 * The client credentials grant, RFC 6749 section 4.4: a client for itself. This
 * is the busiest path of the server: one write, one event, one signature.
 *
 * @module
 */

import { newId } from '#kernel'
import type { Store } from '#store'
import type { Client } from '../../clients/client.ts'
import type { DetailTypes } from '../../details/registered.ts'
import { personScopes, readScopes } from '../../scope.ts'
import type { AuthenticatedClient } from '../authenticate-client.ts'
import type { Granted } from '../issue.ts'
import { detailsFor } from './details.ts'
import { refuse } from './refusals.ts'

type Form = Readonly<Record<string, string | undefined>>

export interface ClientGrantPorts {
  readonly store: Pick<Store, 'record'>
  readonly issuer: string
  readonly detailTypes: DetailTypes
}

export async function grantToClient(
  { op, client }: AuthenticatedClient,
  form: Form,
  { store, issuer, detailTypes }: ClientGrantPorts,
): Promise<Granted> {
  const scopes = scopesFor(client, form['scope'])
  const audience = audienceFor(client, form['resource'], issuer)
  const details = detailsFor(client, form, detailTypes)
  const accessToken = newId('tok')
  await store.record(op, { what: 'grant.client_credentials', about: accessToken, outcome: 'done', facts: { client: client.id } })
  return { accessToken, refreshToken: undefined, family: undefined, scopes, details, audience, nonce: undefined }
}

/** What was asked for if the client may have all of it; all that it may have when nothing was asked for. Throws `grant.scope`. */
export function scopesFor(client: Pick<Client, 'scopes'>, asked: string | undefined): readonly string[] {
  const own = client.scopes.filter((scope) => !personScopes.includes(scope))
  if (asked === undefined || asked === '') return own
  const scopes = readScopes(asked)
  if (scopes === undefined || !scopes.every((scope) => own.includes(scope))) throw refuse('grant.scope')
  return scopes
}

/** Throws `grant.resource`. */
export function audienceFor(client: Pick<Client, 'audiences'>, resource: string | undefined, issuer: string): readonly string[] {
  if (resource === undefined || resource === '') return [client.audiences[0] ?? issuer]
  if (!client.audiences.includes(resource)) throw refuse('grant.resource')
  return [resource]
}
