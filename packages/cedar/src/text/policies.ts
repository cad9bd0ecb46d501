/**
 * Policies in Cedar's text, read into its JSON form.
 *
 * Source: https://docs.cedarpolicy.com/policies/syntax-grammar.html
 *
 * @module
 */

import { isActionType } from '../read/plain.ts'
import type { ActionScopeJson, EntityOrSlot, PolicyJson, ScopeJson, Slot } from '../policy.ts'
import { ExpressionReader } from './expressions.ts'
import { readEntity, readPath } from './names.ts'
import { TokenReader } from './reader.ts'
import { unescapeString } from './unescape.ts'

/** A policy or template, and where it stands in the text, in UTF-16 units. */
export interface ReadPolicy {
  readonly json: PolicyJson
  readonly start: number
  readonly end: number
}

/** Reads every policy and template of a text, in order. Throws {@link InputError} `input.syntax` at the first mistake. */
export function readPolicies(text: string): readonly ReadPolicy[] {
  const tokens = new TokenReader(text)
  const policies: ReadPolicy[] = []
  while (tokens.next.kind !== 'end') {
    const { start } = tokens.next
    const json = readPolicy(tokens)
    policies.push({ json, start, end: tokens.expect(';').end })
  }
  return policies
}

function readPolicy(tokens: TokenReader): PolicyJson {
  const annotations = readAnnotations(tokens)
  const effect = readEffect(tokens)
  tokens.expect('(')
  const principal = readScope(tokens, 'principal')
  tokens.expect(',')
  const action = readActionScope(tokens)
  tokens.expect(',')
  const resource = readScope(tokens, 'resource')
  tokens.takeIf(',')
  tokens.expect(')')
  const conditions = readConditions(tokens)
  return { effect, principal, action, resource, conditions, ...(annotations === undefined ? {} : { annotations }) }
}

/** Names of annotations may be reserved words; an annotation without a value has an empty one. */
function readAnnotations(tokens: TokenReader): Readonly<Record<string, string>> | undefined {
  const annotations = new Map<string, string>()
  while (tokens.takeIf('@')) {
    if (tokens.next.kind !== 'name') tokens.fail('the name of an annotation is expected')
    if (annotations.has(tokens.next.text)) tokens.fail('an annotation stands here twice')
    const name = tokens.take().text
    annotations.set(name, readAnnotationValue(tokens))
  }
  return annotations.size === 0 ? undefined : Object.fromEntries(annotations)
}

function readAnnotationValue(tokens: TokenReader): string {
  if (!tokens.takeIf('(')) return ''
  const value = tokens.string(unescapeString)
  tokens.expect(')')
  return value
}

function readEffect(tokens: TokenReader): 'permit' | 'forbid' {
  if (tokens.takeIf('permit')) return 'permit'
  if (tokens.takeIf('forbid')) return 'forbid'
  return tokens.fail('permit or forbid is expected')
}

function readScope(tokens: TokenReader, name: 'principal' | 'resource'): ScopeJson {
  tokens.expect(name)
  if (tokens.takeIf('==')) return { op: '==', ...readTarget(tokens, `?${name}`) }
  if (tokens.takeIf('in')) return { op: 'in', ...readTarget(tokens, `?${name}`) }
  if (!tokens.takeIf('is')) return { op: 'All' }
  const type = readPath(tokens)
  return { op: 'is', entity_type: type, ...(tokens.takeIf('in') ? { in: readTarget(tokens, `?${name}`) } : {}) }
}

function readTarget(tokens: TokenReader, slot: Slot): EntityOrSlot {
  return tokens.takeIf(slot) ? { slot } : { entity: readEntity(tokens) }
}

function readActionScope(tokens: TokenReader): ActionScopeJson {
  tokens.expect('action')
  if (tokens.takeIf('==')) return { op: '==', entity: readAction(tokens) }
  if (!tokens.takeIf('in')) return { op: 'All' }
  if (!tokens.takeIf('[')) return { op: 'in', entity: readAction(tokens) }
  return { op: 'in', entities: tokens.list(']', () => readAction(tokens)) }
}

function readAction(tokens: TokenReader): { readonly type: string; readonly id: string } {
  const { type, id } = readEntity(tokens)
  if (!isActionType(type)) tokens.fail(`${type} is no type of actions`)
  return { type, id }
}

function readConditions(tokens: TokenReader): PolicyJson['conditions'] {
  const conditions: PolicyJson['conditions'][number][] = []
  for (;;) {
    const kind = tokens.isAt('when') ? 'when' : 'unless'
    if (!tokens.takeIf(kind)) return conditions
    tokens.expect('{')
    conditions.push({ kind, body: new ExpressionReader(tokens).expression() })
    tokens.expect('}')
  }
}
