import type { ClientImpact } from '#admin'
import { commandLineClientId } from '#remote'
import type { Routing } from '#routing'
import type { Config } from './config.ts'
import { gatewayClientId } from './gateway-client.ts'

/** Which clients belong to the configuration, where a change of theirs anywhere else would be undone at the next start, or to a route, and for whom. */
export function declaredClients(
  { clients = [], gateway }: Config,
  routing: Pick<Routing, 'served'>,
): (clientId: string) => ClientImpact['declaredBy'] {
  const declared = new Map<string, ClientImpact['declaredBy']>([
    [commandLineClientId, 'command_line'],
    ...clients.map(({ clientId }) => [clientId, 'configuration'] as const),
    ...(gateway?.hosts ?? []).map(({ origin }) => [gatewayClientId(origin), 'gateway'] as const),
  ])
  const isRouted = (clientId: string): boolean => routing.served.some(({ origin }) => gatewayClientId(origin) === clientId)
  return (clientId) => declared.get(clientId) ?? (isRouted(clientId) ? 'route' : undefined)
}
