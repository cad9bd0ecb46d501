/**
 * How many connections fit into the files that this process may have open.
 *
 * A worker of `node:cluster` that has none left for a connection which it is
 * handed loses it, and is never handed one again; and whoever has none left opens
 * no database and reads no certificate.
 *
 * @module
 */

import { readFileSync } from 'node:fs'

/** For databases, files and whatever else is not a connection of somebody. */
const keptForOurselves = 256

/** Of a limit that leaves nothing. */
const fewest = 16

/** Each may need a second one, to an app. */
export function connectionsWithin(mostConnections: number, mostFiles: number | 'unknown' = mostOpenFiles()): number {
  if (mostFiles === 'unknown') return mostConnections
  return Math.min(mostConnections, Math.max(fewest, Math.floor((mostFiles - keptForOurselves) / 2)))
}

/** Linux says it; elsewhere what is asked for holds. */
function mostOpenFiles(): number | 'unknown' {
  try {
    const [, most] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return most === undefined ? 'unknown' : Number(most)
  } catch {
    return 'unknown'
  }
}
