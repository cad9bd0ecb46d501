/** A certificate authority for tests, and where a listener reads what it issued. @module */

import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeAuthority as makeNamedAuthority, type Authority, type Issued } from '#keys'

export type { Authority, Issued } from '#keys'

const dayMs = 86_400_000

/** What it issues is good for thirty days from yesterday on, unless something else is said. */
export function makeAuthority(name: string = 'Test authority'): Authority {
  const now = Date.now()
  return makeNamedAuthority(name, { fromMs: now - dayMs, untilMs: now + 30 * dayMs })
}

/** Writes what was issued where a listener reads it. */
export function writeIssued(
  issued: Issued,
  folder: string = mkdtempSync(join(tmpdir(), 'countersign-tls-')),
): {
  readonly certificateFile: string
  readonly keyFile: string
} {
  const files = { certificateFile: join(folder, 'certificate.pem'), keyFile: join(folder, 'key.pem') }
  writeFileSync(files.certificateFile, issued.certificate)
  writeFileSync(files.keyFile, issued.key, { mode: 0o600 })
  return files
}
