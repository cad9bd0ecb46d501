import { commandLineClientId } from '#remote'
import type { Config } from './config.ts'
import { gatewayClientId } from './gateway-client-id.ts'

/** Which clients are made to match the configuration at each start: a change of theirs anywhere else would be undone. */
export function configuredClientIds({ clients = [], gateway }: Config): (clientId: string) => boolean {
  const declared = new Set([
    commandLineClientId,
    ...clients.map(({ clientId }) => clientId),
    ...(gateway?.hosts ?? []).map(({ origin }) => gatewayClientId(origin)),
  ])
  return (clientId) => declared.has(clientId)
}
