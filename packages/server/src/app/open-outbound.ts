/** The way out to addresses that others wrote down, as the configuration has it. @module */

import { createOutbound, type Outbound } from '#http'
import type { Config } from './config.ts'
import type { Log } from './log.ts'
import { readAuthorities } from './read-authorities.ts'

/** Throws `StartMistake`. Says in the log for whom the guard is lifted. */
export function openOutbound({ outbound = {} }: Config, log: Log): Outbound {
  const { unsafelyAllow = [], caFile } = outbound
  for (const { host, addresses, port } of unsafelyAllow)
    log.warn('outbound.unsafelyAllow lifts the guard of requests to addresses that clients registered', { host, addresses, port })
  return createOutbound({ unsafelyAllow, authorities: caFile === undefined ? [] : readAuthorities('outbound.caFile', caFile) })
}
