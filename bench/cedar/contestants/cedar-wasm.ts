/** Cedar's WebAssembly build: policies and schema parsed beforehand; it takes entities with each call. @module */

import cedar from '@cedar-policy/cedar-wasm/nodejs'
import type { Decide, World } from '../world.ts'

const name = 'bench'

export function prepare({ schema, policies, templates, links, entities }: World): Decide {
  require(cedar.preparseSchema(name, schema))
  require(
    cedar.preparsePolicySet(name, { staticPolicies: { ...policies }, templates: { ...templates }, templateLinks: [...links] as never }),
  )
  return ({ principal, action, resource }) => {
    const answer = cedar.statefulIsAuthorized({
      principal,
      action,
      resource,
      context: {},
      preparsedSchemaName: name,
      preparsedPolicySetId: name,
      entities: entities as never,
    })
    require(answer)
    return answer.type === 'success' && answer.response.decision === 'allow'
  }
}

function require(answer: { readonly type: string }): void {
  if (answer.type !== 'success') throw new Error(JSON.stringify(answer))
}
