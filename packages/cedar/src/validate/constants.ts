/** What expressions say before anything is asked: literals, and the action, which a kind of request names. @module */

import { unchain } from '../compile/chain.ts'
import { readObject, readUid } from '../read/plain.ts'
import type { EntityUid } from '../values/uid.ts'

/** Reads an expression's one operator. */
export function operatorOf(json: unknown): readonly [name: string, operand: unknown] {
  return Object.entries(readObject(json, []))[0] ?? ['', undefined]
}

/** A text that two literals share when they are the same; undefined for what is none. */
export function literalOf(json: unknown, action: EntityUid): string | undefined {
  const uid = entityLiteralOf(json, action)
  if (uid !== undefined) return `entity ${uid}`
  const folded = foldedBool(json)
  if (folded !== undefined) return `bool ${folded}`
  const [name, value] = operatorOf(json)
  if (name !== 'Value') return undefined
  if (typeof value === 'number' || typeof value === 'bigint') return `long ${value}`
  return typeof value === 'string' ? `string ${value}` : undefined
}

/** The entity that an expression names. */
export function entityLiteralOf(json: unknown, action: EntityUid): EntityUid | undefined {
  const [name, value] = operatorOf(json)
  if (name === 'Var') return value === 'action' ? action : undefined
  const isEntity = name === 'Value' && typeof value === 'object' && value !== null && Object.hasOwn(value, '__entity')
  return isEntity ? readUid(value, []) : undefined
}

/** The entities that an expression or a set names, when it names nothing else. */
export function entityLiteralsOf(json: unknown, action: EntityUid): readonly EntityUid[] | undefined {
  const [name, operand] = operatorOf(json)
  const each = name === 'Set' && Array.isArray(operand) ? operand : [json]
  const uids = each.map((item) => entityLiteralOf(item, action)).filter((uid) => uid !== undefined)
  return uids.length === each.length ? uids : undefined
}

/** `&&` and `||` of literals are a literal, as Cedar's own implementation builds them; undefined for everything else. */
function foldedBool(json: unknown): boolean | undefined {
  const [name, operand] = operatorOf(json)
  if (name === 'Value') return typeof operand === 'boolean' ? operand : undefined
  if (name !== '&&' && name !== '||') return undefined
  const operands = unchain(name, operand, []).map((each) => foldedBool(each.json))
  if (operands.includes(undefined)) return undefined
  return name === '&&' ? !operands.includes(false) : operands.includes(true)
}
