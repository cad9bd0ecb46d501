/** Signing keys, as the admin API shows them. @module */

import type { AdminKeys } from '#admin'
import type { Keys } from '#keys'

export function adminKeys(keys: Keys): AdminKeys {
  return {
    list: async (op) => keys.list(op),
    rotate: async (op, name) => {
      const purpose = (await keys.list(op)).find((key) => key.purpose === name)?.purpose
      if (purpose === undefined) return false
      await keys.rotate(op, purpose)
      return true
    },
  }
}
