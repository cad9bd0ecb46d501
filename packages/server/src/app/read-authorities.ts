import { readFileSync } from 'node:fs'
import { readCertificates } from '#keys'
import { StartMistake } from './mistake.ts'

/** The certificates (PEM) of a file, one by one. Throws {@link StartMistake}, which names the setting. */
export function readAuthorities(setting: string, path: string): readonly string[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error)
      throw new StartMistake(`${setting}: ${path} cannot be read (${String(error.code)}).`, { cause: error })
    throw error
  }
  if (readCertificates(text) === undefined) throw new StartMistake(`${setting}: ${path} holds no certificates in PEM.`)
  return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
}
