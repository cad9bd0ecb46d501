/** `@countersign/cedar`: compiled policies and resident entities. @module */

import {
  actionEntities,
  authorize,
  EntityStore,
  EntityUid,
  PolicySet,
  readEntities,
  readPolicies,
  readSchema,
  readSchemaText,
  type PolicyJson,
} from '../../../packages/cedar/src/index.ts'
import type { Decide, Uid, World } from '../world.ts'

export function prepare({ schema: text, policies, templates, links, entities }: World): Decide {
  const schema = readSchema(readSchemaText(text))
  const set = PolicySet.fromJson({ staticPolicies: read(policies), templates: read(templates), templateLinks: links })
  const store = new EntityStore()
  store.apply({ put: [...actionEntities(schema), ...readEntities(schema, entities)] })
  const context = new Map<string, never>()
  return ({ principal, action, resource }) =>
    authorize(set, store, { principal: uid(principal), action: uid(action), resource: uid(resource), context }).decision === 'allow'
}

function read(texts: Readonly<Record<string, string>>): Readonly<Record<string, PolicyJson>> {
  return Object.fromEntries(Object.entries(texts).flatMap(([id, text]) => readPolicies(text).map(({ json }) => [id, json])))
}

function uid({ type, id }: Uid): EntityUid {
  return new EntityUid(type, id)
}
