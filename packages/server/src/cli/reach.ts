/**
 * Options by which a command finds the server: the socket in the data directory
 * for the machine's own owner, or an address and a token.
 *
 * @module
 */

import { findApi, type AdminApi } from '#app'
import type { Given, Option } from './command.ts'

export const reachOptions: readonly Option[] = [
  { name: 'data', kind: 'text', value: 'DIR', says: 'The data directory whose socket to use. ./data when absent.' },
  { name: 'server', kind: 'text', value: 'URL', says: 'The address of a server; the token comes from COUNTERSIGN_TOKEN.' },
]

/** The admin API that the options name. */
export function reach(given: Given): AdminApi {
  return findApi({ server: given.text('server'), dataDirectory: given.text('data') ?? 'data' })
}
