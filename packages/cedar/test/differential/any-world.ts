/** A whole random world for the engine alone: policies, entities and requests. @module */

import { EntityStore, PolicySet, readPlainEntities, readPlainRequest, type PolicySetJson, type Request } from '../../src/index.ts'
import { PolicyMaker } from './policies.ts'
import { Random } from './random.ts'
import { anyAction, anyEntities, anyUid, anyValue, names } from './world.ts'

export interface AnyWorld {
  readonly json: PolicySetJson
  readonly set: PolicySet
  readonly store: EntityStore
  readonly request: () => Request
}

/** The same seed makes the same world, and the same requests in it. */
export function anyWorld(seed: number): AnyWorld {
  const random = new Random(seed)
  const json = new PolicyMaker(random).set()
  const store = new EntityStore()
  store.apply({ put: readPlainEntities(anyEntities(random)) })
  const request = (): Request => {
    const context = Object.fromEntries(random.several(4, () => [random.pick(names), anyValue(random, 2)] as const))
    return readPlainRequest({ principal: anyUid(random), action: anyAction(random), resource: anyUid(random), context })
  }
  return { json, set: PolicySet.fromJson(json), store, request }
}
