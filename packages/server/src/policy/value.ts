/**
 * What may not reach an evaluator, wherever it came from: text that is not
 * Unicode, Cedar's escapes, numbers it does not have, and sizes that only an
 * attacker needs.
 *
 * @module
 */

import type { AuthorizationRequest, Entity, EntityUid } from './engine.ts'

/** A URL's path fits; no fact or attribute is a document. */
const maxText = 8192
const maxMembers = 1024
const maxNesting = 8
/** A principal, a resource and the chain of what they are in. */
const maxEntities = 64
const maxParents = 256

/** Keys with which Cedar's JSON says "this is not a record": one from outside could name another principal. */
const escapes: ReadonlySet<string> = new Set(['__entity', '__extn', '__expr'])

/** The first thing about a request that may not be asked, in words that quote nothing of it; undefined when all is well. */
export function findUnfit({ principal, action, resource, context }: AuthorizationRequest, entities: readonly Entity[]): string | undefined {
  if (entities.length > maxEntities) return 'too many entities'
  if (entities.some(({ parents }) => parents.length > maxParents)) return 'an entity is in too many others'
  const uids = [principal, action, resource, ...entities.flatMap(({ uid, parents }) => [uid, ...parents])]
  if (!uids.every(isFitUid)) return 'an entity has an id that is not text'
  for (const record of [context, ...entities.map(({ attrs }) => attrs)]) {
    const unfit = unfitValue(record, 0)
    if (unfit !== undefined) return unfit
  }
  return undefined
}

function isFitUid({ type, id }: EntityUid): boolean {
  return isFitText(type) && isFitText(id)
}

function isFitText(text: unknown): boolean {
  return typeof text === 'string' && text.length <= maxText && text.isWellFormed()
}

function unfitValue(value: unknown, nesting: number): string | undefined {
  if (nesting > maxNesting) return 'a value is nested too deeply'
  if (typeof value === 'boolean') return undefined
  if (typeof value === 'string') return isFitText(value) ? undefined : 'a text is too long or not Unicode'
  if (typeof value === 'number') return Number.isSafeInteger(value) ? undefined : 'a number is not a whole one'
  if (typeof value !== 'object' || value === null) return 'a value is of no type that policies have'
  const members = Array.isArray(value) ? value.map((member): [string, unknown] => ['', member]) : Object.entries(value)
  if (members.length > maxMembers) return 'a value has too many members'
  for (const [key, member] of members) {
    if (escapes.has(key)) return 'a record has a reserved name'
    if (!isFitText(key)) return 'a name is too long or not Unicode'
    const unfit = unfitValue(member, nesting + 1)
    if (unfit !== undefined) return unfit
  }
  return undefined
}
