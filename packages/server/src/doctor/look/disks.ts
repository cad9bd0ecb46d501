/** How much room there is where we write. @module */

import { accessSync, constants, statfsSync } from 'node:fs'
import type { DiskFacts } from '../facts.ts'
import type { Patient } from '../patient.ts'

export function lookAtDisks({ dataDirectory }: Patient): readonly DiskFacts[] {
  return [{ what: 'The data directory', path: dataDirectory }].flatMap(({ what, path }) => {
    const found = roomAt(path)
    return found === undefined ? [] : [{ what, path, ...found }]
  })
}

function roomAt(path: string): Omit<DiskFacts, 'what' | 'path'> | undefined {
  try {
    const { bsize, bavail, blocks, files, ffree } = statfsSync(path)
    return {
      // What is kept back for root is not ours.
      freeBytes: bavail * bsize,
      sizeBytes: blocks * bsize,
      freeNames: files === 0 ? 1 : ffree / files,
      readOnly: isReadOnly(path),
    }
  } catch {
    return undefined
  }
}

/** Root may write anywhere but there. */
function isReadOnly(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return false
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EROFS'
  }
}
