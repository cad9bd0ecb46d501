/** The way out to addresses that others wrote down, as the configuration has it. @module */

import { readFileSync } from 'node:fs'
import { createOutbound, type Outbound } from '#http'
import { readCertificates } from '#keys'
import type { Config } from './config.ts'
import type { Log } from './log.ts'
import { StartMistake } from './mistake.ts'

/** Throws {@link StartMistake}. Says in the log for whom the guard is lifted. */
export function openOutbound({ outbound = {} }: Config, log: Log): Outbound {
  const { unsafelyAllow = [], caFile } = outbound
  for (const { host, addresses, port } of unsafelyAllow)
    log.warn('outbound.unsafelyAllow lifts the guard of requests to addresses that clients registered', { host, addresses, port })
  return createOutbound({ unsafelyAllow, authorities: caFile === undefined ? [] : [readAuthorities(caFile)] })
}

function readAuthorities(path: string): string {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error)
      throw new StartMistake(`outbound.caFile: ${path} cannot be read (${String(error.code)}).`, { cause: error })
    throw error
  }
  if (readCertificates(text) === undefined) throw new StartMistake(`outbound.caFile: ${path} holds no certificates in PEM.`)
  return text
}
