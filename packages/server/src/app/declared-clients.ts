import type { ClientImpact } from '#admin'
import { commandLineClientId } from '#remote'
import type { Config } from './config.ts'
import { gatewayClientId } from './gateway-client-id.ts'

/** Which clients are made to match the configuration at each start, and for whom: a change of theirs anywhere else would be undone. */
export function declaredClients({ clients = [], gateway }: Config): (clientId: string) => ClientImpact['declaredBy'] {
  const declared = new Map<string, ClientImpact['declaredBy']>([
    [commandLineClientId, 'command_line'],
    ...clients.map(({ clientId }) => [clientId, 'configuration'] as const),
    ...(gateway?.hosts ?? []).map(({ origin }) => [gatewayClientId(origin), 'gateway'] as const),
  ])
  return (clientId) => declared.get(clientId)
}
