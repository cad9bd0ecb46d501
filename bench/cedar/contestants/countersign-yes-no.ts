/** `@countersign/cedar`, asked yes or no as its peers are, nothing prepared for the user. @module */

import { EntityUid, isAllowed } from '../../../packages/cedar/src/index.ts'
import type { Decide, Uid, World } from '../world.ts'
import { engineOf } from './engine.ts'

export function prepare(world: World): Decide {
  const { set, store } = engineOf(world)
  const context = new Map<string, never>()
  return ({ principal, action, resource }) =>
    isAllowed(set, store, { principal: uid(principal), action: uid(action), resource: uid(resource), context })
}

function uid({ type, id }: Uid): EntityUid {
  return new EntityUid(type, id)
}
