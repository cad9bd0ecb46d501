/** The listener that asks clients for certificates, and what is to be had there. @module */

import { createServer, type Server, type ServerOptions } from '#http'
import type { OAuth, OAuthPorts } from '#oauth'
import type { Config } from './config.ts'
import { readAuthorities } from './read-authorities.ts'

/** Throws `StartMistake`. */
export function openMtls({ mtls }: Config): OAuthPorts['mtls'] {
  if (mtls === undefined) return undefined
  const { origin, authoritiesFile } = mtls
  return { origin, authorities: authoritiesFile === undefined ? [] : readAuthorities('mtls.authoritiesFile', authoritiesFile) }
}

/** What programs ask, and no page: nobody signs in where they would be asked for a certificate. */
export function mtlsServer({ mtls }: Config, common: ServerOptions, { edges }: Pick<OAuth, 'edges'>): Server | undefined {
  if (mtls === undefined) return undefined
  return createServer({
    ...common,
    edges: edges.filter(({ routes }) => routes.every(({ answers }) => answers !== 'page')),
    origins: [mtls.origin],
    trustedProxies: mtls.listen.tlsEndedBy?.addresses ?? [],
    certificateField: mtls.certificateField,
  })
}
