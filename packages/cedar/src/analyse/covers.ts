/**
 * Whether one policy applies wherever another does, as far as that can be seen
 * without asking about entities: what is found is so, and not all that is so is found.
 *
 * @module
 */

import { unchain } from '../compile/chain.ts'
import type { ActionScope, Scope } from '../compile/scope.ts'
import type { CompiledPolicy } from '../compile/policy.ts'
import { member } from '../read/plain.ts'

/** Whether every request of the inner policy's scope and conditions is one of the outer's. */
export function covers(outer: CompiledPolicy, inner: CompiledPolicy): boolean {
  const isScopeCovered =
    coversScope(outer.principal, inner.principal) && coversScope(outer.resource, inner.resource) && coversAction(outer.action, inner.action)
  if (!isScopeCovered) return false
  const asked = new Set(conjuncts(inner))
  return conjuncts(outer).every((conjunct) => asked.has(conjunct))
}

function coversScope(outer: Scope, inner: Scope): boolean {
  switch (outer.is) {
    case 'any':
      return true
    case 'equal':
      return inner.is === 'equal' && outer.uid.equals(inner.uid)
    case 'in':
      return 'uid' in inner && outer.uid.equals(inner.uid)
    case 'type':
      return inner.is === 'equal' ? inner.uid.type === outer.type : 'type' in inner && inner.type === outer.type
    case 'type in':
    default:
      return inner.is === 'type in' && inner.type === outer.type && inner.uid.equals(outer.uid)
  }
}

function coversAction(outer: ActionScope, inner: ActionScope): boolean {
  if (outer.is === 'any') return true
  if (inner.is === 'any') return false
  if (outer.is === 'equal') return inner.is === 'equal' && outer.uid.equals(inner.uid)
  const uids = inner.is === 'equal' ? [inner.uid] : inner.uids
  return uids.every((uid) => outer.uids.some((group) => group.equals(uid)))
}

/** What a policy asks for, each as a text: `when { a && b }` asks for `a` and for `b`. */
function conjuncts({ conditions }: CompiledPolicy): readonly string[] {
  return conditions.flatMap(({ kind, body }) => {
    const operand = kind === 'when' ? member(body, '&&') : undefined
    const parts = operand === undefined ? [body] : unchain('&&', operand, []).map(({ json }) => json)
    return parts.map((part) => `${kind} ${sayJson(part)}`)
  })
}

function sayJson(json: unknown): string {
  return JSON.stringify(json, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
}
