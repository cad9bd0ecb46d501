/** A world in our engine: its policies compiled, its entities resident. @module */

import {
  actionEntities,
  EntityStore,
  PolicySet,
  readEntities,
  readPolicies,
  readSchema,
  readSchemaText,
  type PolicyJson,
} from '../../../packages/cedar/src/index.ts'
import type { World } from '../world.ts'

export interface Engine {
  readonly set: PolicySet
  readonly store: EntityStore
}

export function engineOf({ schema: text, policies, templates, links, entities }: World): Engine {
  const schema = readSchema(readSchemaText(text))
  const set = PolicySet.fromJson({ staticPolicies: read(policies), templates: read(templates), templateLinks: links })
  const store = new EntityStore()
  store.apply({ put: [...actionEntities(schema), ...readEntities(schema, entities)] })
  return { set, store }
}

function read(texts: Readonly<Record<string, string>>): Readonly<Record<string, PolicyJson>> {
  return Object.fromEntries(Object.entries(texts).flatMap(([id, text]) => readPolicies(text).map(({ json }) => [id, json])))
}
