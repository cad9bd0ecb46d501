/** `@countersign/cedar`: compiled policies and resident entities; the whole answer, with its reasons. @module */

import { authorize, EntityUid } from '../../../packages/cedar/src/index.ts'
import type { Decide, Uid, World } from '../world.ts'
import { engineOf } from './engine.ts'

export function prepare(world: World): Decide {
  const { set, store } = engineOf(world)
  const context = new Map<string, never>()
  return ({ principal, action, resource }) =>
    authorize(set, store, { principal: uid(principal), action: uid(action), resource: uid(resource), context }).decision === 'allow'
}

function uid({ type, id }: Uid): EntityUid {
  return new EntityUid(type, id)
}
