/** Reads a policy's tree for what is known of it without evaluating it. @module */

import type { EntityUid, PolicyId, PolicySummary, PrincipalScope } from './engine.ts'
import { houseNamespace } from './house-schema.ts'
import type { PolicyTree } from './wasm.ts'

export function summarize(id: PolicyId, text: string, tree: PolicyTree): PolicySummary {
  const principal = principalOf(tree)
  const role = principal.in?.type === `${houseNamespace}::Role` ? principal.in.id : undefined
  const resource = tree.resource.op === '==' && 'entity' in tree.resource ? uidOf(tree.resource.entity) : undefined
  const publicReason = annotation(tree, 'public_reason')
  return {
    id,
    effect: tree.effect,
    text,
    ...(publicReason === undefined ? {} : { publicReason }),
    principal,
    ...(role === undefined ? {} : { role }),
    actions: actionsOf(tree),
    ...(resource === undefined ? {} : { resource }),
    ...(tree.resource.op === 'is' ? { resourceType: tree.resource.entity_type } : {}),
    // Both forms of the operator, `in` and `is … in`, are members of this name; whatever else is called so errs on the safe side.
    asksMembership: JSON.stringify(tree.conditions).includes('"in"'),
    unconditional:
      tree.conditions.length === 0 &&
      (tree.resource.op === 'All' || tree.resource.op === '==' || (tree.resource.op === 'is' && tree.resource.in === undefined)),
  }
}

/** The value of an annotation; undefined when it is absent or has none. */
export function annotation(tree: PolicyTree, name: string): string | undefined {
  return tree.annotations?.[name] ?? undefined
}

function principalOf({ principal }: PolicyTree): PrincipalScope {
  if (principal.op === '==' && 'entity' in principal) return { is: uidOf(principal.entity) }
  const type = principal.op === 'is' ? { type: principal.entity_type } : {}
  const within = principal.op === 'in' ? principal : principal.op === 'is' ? principal.in : undefined
  return within === undefined || !('entity' in within) ? type : { ...type, in: uidOf(within.entity) }
}

function actionsOf({ action }: PolicyTree): 'any' | readonly EntityUid[] {
  if (action.op === 'All') return 'any'
  if ('entities' in action) return action.entities.map(uidOf)
  return 'entity' in action ? [uidOf(action.entity)] : []
}

function uidOf(entity: EntityUid | { readonly __entity: EntityUid }): EntityUid {
  const { type, id } = '__entity' in entity ? entity.__entity : entity
  return { type, id }
}

/**
 * How deep the conditions of a policy nest, which is what their evaluation needs
 * of the stack. A level of an expression is two containers of its tree
 * (`{ "&&": { left, right } }`, `{ "Set": [] }`), and conditions are evaluated as one
 * conjunction.
 */
export function depthOf(tree: PolicyTree): number {
  const deepest = Math.max(0, ...tree.conditions.map(({ body }) => containersDeep(body)))
  return tree.conditions.length + Math.ceil(deepest / 2)
}

function containersDeep(tree: unknown): number {
  if (typeof tree !== 'object' || tree === null) return 0
  let deepest = 0
  for (const below of Object.values(tree)) deepest = Math.max(deepest, containersDeep(below))
  return deepest + 1
}
