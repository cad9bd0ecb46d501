/**
 * The sector of a client whose people have pairwise subjects, OpenID Connect Core
 * section 8.1: the host of its `sectorIdentifierUri`, or the one host of its
 * redirect URIs. Pure.
 *
 * DIFFERS FROM section 8.1: the sector's document is not fetched. An
 * administrator registers clients and vouches for the host; nobody else can.
 *
 * @module
 */

import type { Registration } from './client.ts'

type Sectored = Pick<Registration, 'subjectType' | 'sectorIdentifierUri' | 'redirectUris'>

/** Undefined for a client with public subjects. */
export function sectorOf(client: Sectored): string | undefined {
  if (client.subjectType !== 'pairwise') return undefined
  const sector = readSector(client)
  if (sector === undefined) throw new Error('a client with pairwise subjects has no sector')
  return sector
}

/** Undefined where there is no host, or more than one. */
export function readSector({ sectorIdentifierUri, redirectUris }: Omit<Sectored, 'subjectType'>): string | undefined {
  const uris = sectorIdentifierUri === undefined ? redirectUris : [sectorIdentifierUri]
  const [host = '', ...others] = new Set(uris.map((uri) => URL.parse(uri)?.hostname ?? ''))
  return host === '' || others.length > 0 ? undefined : host
}
