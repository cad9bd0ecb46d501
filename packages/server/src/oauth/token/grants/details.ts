/** `authorization_details` of a token request, RFC 9396 sections 6 and 7: what a client may have, or a part of what it was granted. @module */

import type { AuthorizationDetail } from '#tokens'
import type { Client } from '../../clients/client.ts'
import { isPartOf, readDetails } from '../../details/read.ts'
import type { DetailTypes } from '../../details/registered.ts'
import { refuse } from './refusals.ts'

type Details = readonly AuthorizationDetail[] | undefined
type DetailsClient = Pick<Client, 'authorizationDetailsTypes'>
type Form = Readonly<Record<string, string | undefined>>

/** What is asked for; undefined where nothing is said. Throws `grant.authorization_details`. */
export function readAskedDetails({ authorization_details: text = '' }: Form): Details {
  if (text === '') return undefined
  const details = readDetails(text)
  if (details === undefined) throw refuse('grant.authorization_details', 'malformed')
  return details
}

/** A part of what was granted, all of it where nothing is said. Throws `grant.authorization_details`. */
export function narrowedDetails(granted: Details, asked: Details): Details {
  if (asked === undefined) return granted
  if (!isPartOf(asked, granted ?? [])) throw refuse('grant.authorization_details', 'more than was granted')
  return asked
}

/**
 * A server that was started anew may know other types than the one that granted. Whoever asks for a part that is still
 * known gets it. Throws `grant.authorization_details`.
 */
export function requireKnown(details: Details, client: DetailsClient, types: Pick<DetailTypes, 'fit'>): void {
  if (details !== undefined && !types.fit(details, client.authorizationDetailsTypes ?? []))
    throw refuse('grant.authorization_details', 'not its')
}

/** What a client asks for itself. Throws `grant.authorization_details`. */
export function detailsFor(client: DetailsClient, form: Form, types: DetailTypes): Details {
  const details = readAskedDetails(form)
  requireKnown(details, client, types)
  return details
}
