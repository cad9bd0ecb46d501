/** Requests that the server makes to addresses that others wrote. @module */

import type { Check } from '../check.ts'

export const outboundChecks: readonly Check[] = [
  {
    name: 'outbound.unguarded',
    level: 'warning',
    looksAt: 'whether the guard of outbound requests is lifted for a host',
    judge: ({ excused = [] }) => excused.map((to) => ({ to })),
    says: 'The server may ask {to}, although that is not on the internet (outbound.unsafelyAllow): whoever registers a client can make it.',
    advice: 'That is right for a test, and for keys that a network of your own publishes. Take it out when it is not needed.',
  },
]
