/**
 * The client of our own command line, registered at each start so that nobody
 * has to before the first `countersign login`.
 *
 * It is public and comes back to a loopback address, where any program of the
 * machine could listen in its name. So it is not one that people are not asked
 * about: the consent page is shown at each sign-in (RFC 8252 section 8.6).
 *
 * @module
 */

import type { Operation } from '#kernel'
import type { Clients } from '#oauth'
import { administrationScope, commandLineClientId } from '#remote'
import type { Config } from './config.ts'
import { adminAudience } from './demo.ts'

/** Words for the consent page, beside those of the configuration. */
export const ownScopeWords: Readonly<Record<string, string>> = { [administrationScope]: 'Administer Countersign in your name' }

export interface OwnClientPorts {
  readonly clients: Pick<Clients, 'ensure'>
  readonly operation: (task: string) => Operation
}

export async function ensureCommandLineClient({ clients, operation }: OwnClientPorts, config: Pick<Config, 'issuer'>): Promise<void> {
  await clients.ensure(operation('command line client'), {
    clientId: commandLineClientId,
    name: 'Countersign command line',
    kind: 'public',
    grantTypes: ['authorization_code', 'refresh_token'],
    redirectUris: ['http://127.0.0.1/callback'],
    scopes: ['openid', 'offline_access', administrationScope],
    audiences: [adminAudience(config)],
  })
}
