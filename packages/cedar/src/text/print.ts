/** Policies of Cedar's JSON form, written as text that reads back to the same. @module */

import type { ActionScopeJson, EntityOrSlot, PolicyJson, ScopeJson } from '../policy.ts'
import { printExpression, printUid } from './print-expression.ts'
import { quote } from './quote.ts'

/** Writes a policy or template. Throws {@link InputError} for what is none. */
export function printPolicy({ annotations = {}, effect, principal, action, resource, conditions }: PolicyJson): string {
  const notes = Object.entries(annotations).map(([name, value]) => `@${name}(${quote(value ?? '')})\n`)
  const scope = [`principal${printScope(principal)}`, `action${printActionScope(action)}`, `resource${printScope(resource)}`]
  const clauses = conditions.map(({ kind, body }) => `\n${kind} { ${printExpression(body)} }`)
  return `${notes.join('')}${effect} (\n  ${scope.join(',\n  ')}\n)${clauses.join('')};`
}

function printScope(scope: ScopeJson): string {
  switch (scope.op) {
    case 'All':
      return ''
    case 'is':
      return ` is ${scope.entity_type}${scope.in === undefined ? '' : ` in ${printTarget(scope.in)}`}`
    case '==':
    case 'in':
    default:
      return ` ${scope.op} ${printTarget(scope)}`
  }
}

function printTarget(target: EntityOrSlot): string {
  return 'slot' in target ? target.slot : printUid(target.entity)
}

function printActionScope(scope: ActionScopeJson): string {
  if (scope.op === 'All') return ''
  if ('entities' in scope) return ` in [${scope.entities.map(printUid).join(', ')}]`
  return ` ${scope.op} ${printUid(scope.entity)}`
}
