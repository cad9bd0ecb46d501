/** `@countersign/cedar`, asked yes or no of users that were prepared beforehand, and of resources that are at hand, as CASL is. @module */

import { EntityUid, forPrincipal } from '../../../packages/cedar/src/index.ts'
import type { Decide, World } from '../world.ts'
import { engineOf } from './engine.ts'

export function prepare(world: World): Decide {
  const { set, store } = engineOf(world)
  const things = new Map(world.entities.map(({ uid: { type, id } }) => [id, new EntityUid(type, id)]))
  const actions = new Map(world.requests.map(({ action: { type, id } }) => [id, new EntityUid(type, id)]))
  const users = new Map([...things].filter(([, { type }]) => type === 'User').map(([id, user]) => [id, forPrincipal(set, store, user)]))
  const context = new Map<string, never>()
  return ({ principal, action, resource }) => {
    const user = users.get(principal.id)
    const [asked, thing] = [actions.get(action.id), things.get(resource.id)]
    return user !== undefined && asked !== undefined && thing !== undefined && user.isAllowed(asked, thing, context)
  }
}
