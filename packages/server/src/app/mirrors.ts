/**
 * Mirrors without a row: an address holds its own end, sealed. Whichever server
 * stands behind the proxy knows it again.
 *
 * @module
 */

import type { AdminMirrors } from '#admin'
import type { MirrorPorts } from '#http'
import { base64url, readBase64url, readUtf8, utf8 } from '#kernel'
import type { Keys } from '#keys'

/** `doctor` asks at once. */
const livesMs = 60_000

const context = 'mirror'

export interface Mirrors extends AdminMirrors, Pick<MirrorPorts, 'isLive'> {}

export function createMirrors(keys: Keys, base: MirrorPorts['base']): Mirrors {
  return {
    create: async (op) => {
      const sealed = await keys.seal(op, 'browser-state', utf8(String(op.nowMs + livesMs)), context)
      return `${base}/mirror/${base64url(sealed)}`
    },
    isLive: async (op, mirror) => {
      const sealed = readBase64url(mirror)
      const plain = sealed && (await keys.open(op, 'browser-state', sealed, context))
      const until = plain && readUtf8(plain)
      return until !== undefined && op.nowMs < Number(until)
    },
  }
}
