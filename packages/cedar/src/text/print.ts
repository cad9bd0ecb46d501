/** Policies of Cedar's JSON form, written as text that reads back to the same. @module */

import type { PolicyJson, Slot } from '../policy.ts'
import { member, readList, readObject, readText, readTypeName, readUid, refuseInput, type Path } from '../read/plain.ts'
import { printExpression, printUid } from './print-expression.ts'
import { isName, quote } from './quote.ts'

/**
 * Writes a policy or template. Throws {@link InputError} for what is none: nothing that it writes as a word can be more than
 * a word, or the text would say another policy.
 */
export function printPolicy(json: PolicyJson): string {
  const policy = readObject(json, [])
  const effect = readWord(member(policy, 'effect'), ['permit', 'forbid'], ['effect'])
  const notes = Object.entries(readObject(member(policy, 'annotations') ?? {}, ['annotations'])).map(printAnnotation)
  const scope = [
    `principal${printScope(member(policy, 'principal'), '?principal', ['principal'])}`,
    `action${printActionScope(member(policy, 'action'))}`,
    `resource${printScope(member(policy, 'resource'), '?resource', ['resource'])}`,
  ]
  const conditions = readList(member(policy, 'conditions') ?? [], ['conditions'])
  const clauses = conditions.map((condition, at) => printCondition(condition, ['conditions', at]))
  return `${notes.join('')}${effect} (\n  ${scope.join(',\n  ')}\n)${clauses.join('')};`
}

function readWord(value: unknown, words: readonly string[], path: Path): string {
  const word = readText(value, path)
  return words.includes(word) ? word : refuseInput('input.name', path, `one of ${words.join(', ')} is expected`)
}

function printAnnotation([name, value]: readonly [string, unknown]): string {
  if (!isName(name)) refuseInput('input.name', ['annotations'], 'no name of an annotation')
  return `@${name}(${quote(readText(value ?? '', ['annotations', name]))})\n`
}

function printCondition(json: unknown, path: Path): string {
  const condition = readObject(json, path)
  const kind = readWord(member(condition, 'kind'), ['when', 'unless'], [...path, 'kind'])
  return `\n${kind} { ${printExpression(readObject(member(condition, 'body'), [...path, 'body']))} }`
}

function printScope(json: unknown, slot: Slot, path: Path): string {
  const scope = readObject(json, path)
  const op = readWord(member(scope, 'op'), ['All', 'is', '==', 'in'], [...path, 'op'])
  if (op === 'All') return ''
  if (op !== 'is') return ` ${op} ${printTarget(scope, slot, path)}`
  const within = member(scope, 'in')
  const type = readTypeName(member(scope, 'entity_type'), [...path, 'entity_type'])
  return ` is ${type}${within === undefined ? '' : ` in ${printTarget(within, slot, [...path, 'in'])}`}`
}

function printTarget(json: unknown, slot: Slot, path: Path): string {
  const target = readObject(json, path)
  const named = member(target, 'slot')
  return named === undefined ? printUid(readUid(member(target, 'entity'), [...path, 'entity'])) : readWord(named, [slot], [...path, 'slot'])
}

function printActionScope(json: unknown): string {
  const path = ['action']
  const scope = readObject(json, path)
  const op = readWord(member(scope, 'op'), ['All', '==', 'in'], [...path, 'op'])
  if (op === 'All') return ''
  const several = op === 'in' ? member(scope, 'entities') : undefined
  if (several === undefined) return ` ${op} ${printUid(readUid(member(scope, 'entity'), [...path, 'entity']))}`
  const uids = readList(several, [...path, 'entities']).map((uid, at) => printUid(readUid(uid, [...path, 'entities', at])))
  return ` in [${uids.join(', ')}]`
}
