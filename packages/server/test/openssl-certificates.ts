/** Certificates that OpenSSL's own program made: authorities, and what they issue. @module */

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from './product.ts'

export interface MadeCertificate {
  /** PEM. */
  readonly cert: string
  readonly key: string
}

export interface MadeAuthority extends MadeCertificate {
  /** `subject` as OpenSSL writes it (`/O=Org/CN=name`), the first of a name first. */
  issue(subject: string, extensions?: readonly string[], days?: number): MadeCertificate
  below(subject: string): MadeAuthority
}

const ofClient = ['basicConstraints=critical,CA:FALSE', 'extendedKeyUsage=clientAuth']
const ofAuthority = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign']

/** One that its own key signed. */
export function selfSigned(subject: string, extensions: readonly string[] = ofClient): MadeCertificate {
  return make(subject, extensions, 3650, undefined)
}

export function makeOpensslAuthority(subject: string): MadeAuthority {
  return authorityOf(make(subject, ofAuthority, 3650, undefined))
}

function authorityOf(own: MadeCertificate): MadeAuthority {
  return {
    ...own,
    issue: (subject, extensions = ofClient, days = 3650) => make(subject, extensions, days, own),
    below: (subject) => authorityOf(make(subject, ofAuthority, 3650, own)),
  }
}

function make(subject: string, extensions: readonly string[], days: number, by: MadeCertificate | undefined): MadeCertificate {
  const folder = temporaryFolder('certificate')
  const at = (name: string): string => join(folder, name)
  const run = (...words: readonly string[]): void => void execFileSync('openssl', words, { stdio: ['ignore', 'ignore', 'pipe'] })
  writeFileSync(at('extensions'), extensions.join('\n'))
  const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', at('key')]
  run('req', '-new', '-utf8', '-subj', subject, ...fresh, '-out', at('request'))
  const signer = by === undefined ? ['-signkey', at('key')] : ['-CA', at('authority'), '-CAkey', at('authority-key'), '-CAcreateserial']
  if (by !== undefined) {
    writeFileSync(at('authority'), by.cert)
    writeFileSync(at('authority-key'), by.key, { mode: 0o600 })
  }
  run('x509', '-req', '-in', at('request'), ...signer, '-days', String(days), '-extfile', at('extensions'), '-out', at('certificate'))
  return { cert: readFileSync(at('certificate'), 'utf8'), key: readFileSync(at('key'), 'utf8') }
}
