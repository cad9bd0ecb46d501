import { listenForReaders, type Exposition, type Listener } from '#http'
import type { Log } from '../log.ts'
import { StartMistake } from '../mistake.ts'
import { readSecretFile } from '../secret-file.ts'
import type { ListenerSettings } from '../settings.ts'

export interface MetricsPlace {
  readonly listen: ListenerSettings
  readonly tokenFile?: string | undefined
}

/** As long as a UUID without its dashes; nobody types it. */
const shortestToken = 32

/** Opens the listener of a process' metrics, which is never the public one. */
export async function openMetricsListener(
  meters: Pick<Exposition, 'text' | 'contentType'>,
  { listen: { host, port, tls }, tokenFile }: MetricsPlace,
  log: Pick<Log, 'error'>,
): Promise<Listener> {
  const token = tokenFile === undefined ? undefined : readSecretFile(tokenFile)
  if (token !== undefined && token.reveal().length < shortestToken)
    throw new StartMistake(`The token in ${tokenFile ?? ''} must have ${shortestToken} characters at least.`)
  return listenForReaders(
    {
      path: '/metrics',
      text: async () => meters.text(),
      contentType: meters.contentType,
      token,
      failed: (error) => log.error('metrics could not be told', error),
    },
    { host, port, ...(tls === undefined ? {} : { tls }) },
  )
}
