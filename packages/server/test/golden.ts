/**
 * Files that change when something that matters changes. `npm run golden` writes
 * them again; the difference is what a review reads.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Compares a text with the file at a path from the repository's root. */
export function matchesGolden(path: string, text: string): void {
  if (process.env['UPDATE_GOLDEN'] !== undefined) {
    mkdirSync(dirname(root + path), { recursive: true })
    writeFileSync(root + path, text)
    return
  }
  assert.equal(text, readIfThere(root + path), `${path} is stale: read what changed, then run npm run golden`)
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  }
}
