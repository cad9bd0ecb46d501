import { isLoopback } from '#kernel'
import type { RouteMistake } from '#routing'
import { gatewayClientId } from './gateway-client.ts'

/** What must hold of every origin of a gateway, wherever it is written. */
export function originMistakes(url: URL, issuerUrl: URL): readonly RouteMistake[] {
  const mistakes: string[] = []
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) mistakes.push('plain http is for loopback names only')
  if (url.origin === issuerUrl.origin) mistakes.push('this is the origin of the identity server')
  if (gatewayClientId(url.origin).length > 255) mistakes.push('the name of the host is too long')
  return mistakes.map((says) => ({ member: 'origin', says }))
}
