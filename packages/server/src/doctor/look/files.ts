/** Who owns files, and who may do what with them. @module */

import { statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { FileFacts } from '../facts.ts'
import type { Patient } from '../patient.ts'

/** Links are followed, as orchestrators mount secrets that way. */
export function lookAtFile(path: string): Pick<FileFacts, 'mode' | 'owner'> {
  try {
    const { mode, uid } = statSync(path)
    return { mode, owner: uid }
  } catch {
    return { mode: undefined, owner: undefined }
  }
}

export function lookAtFiles({ configFile, holdsPassword, dataDirectory, rootKeyFile, secretFiles }: Patient): readonly FileFacts[] {
  const folders = new Map([
    [dirname(configFile), 'the configuration'],
    [dirname(rootKeyFile), 'the root key'],
    [dirname(dataDirectory), 'the data directory'],
  ])
  const files: readonly Omit<FileFacts, 'mode' | 'owner'>[] = [
    { what: 'the configuration', role: 'configuration', path: configFile, holdsSecret: holdsPassword },
    { what: 'the data directory', role: 'data', path: dataDirectory },
    { what: 'the accounts of the demo', role: 'demo', path: join(dataDirectory, 'demo.json') },
    ...secretFiles.map(({ what, path }) => ({ what, path, role: 'secret' as const })),
    ...[...folders].map(([path, what]) => ({ what, path, role: 'folder' as const })),
  ]
  return files.map((file) => ({ ...file, ...lookAtFile(file.path) }))
}
