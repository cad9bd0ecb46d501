/**
 * A small world for random cases: few entities, close together, so that scopes,
 * chains of `in` and missing entities meet often.
 *
 * @module
 */

import type { Random } from './random.ts'

export interface UidJson {
  readonly type: string
  readonly id: string
}

export interface EntityJson {
  readonly uid: UidJson
  readonly attrs: Readonly<Record<string, unknown>>
  readonly parents: readonly UidJson[]
  readonly tags: Readonly<Record<string, unknown>>
}

export const types = ['User', 'Photos::Album'] as const
const ids = ['a', 'b', 'c'] as const
/** Groups come later than what is in them, so that nothing is in itself. */
const actions = ['view', 'edit', 'read', 'write', 'all'] as const

export const names = ['n', 's', 'e', 'r', 'a key'] as const
export const texts = ['', 'a', 'ab', 'a*b', 'abc\u0301', 'ü', '1.2', '127.0.0.1', '2024-01-01', '1h', '😀'] as const
/** Names of tags: texts, as policies work them out. */
export const tagNames = ['', 'a', 'ü'] as const
export const numbers = [0, 1, -1, 2, 7] as const

export function anyUid(random: Random): UidJson {
  return { type: random.pick(types), id: random.pick(ids) }
}

export function anyAction(random: Random): UidJson {
  return { type: 'Action', id: random.pick(actions) }
}

/** Most of the entities, in an order in which each is only in later ones; some are in what is not known. */
export function anyEntities(random: Random): readonly EntityJson[] {
  const all = ids.flatMap((id) => types.map((type) => ({ type, id })))
  const known = all.flatMap((uid, at) => (random.once(4) ? [] : [anyEntity(random, uid, parentsFrom(random, all.slice(at + 1)))]))
  const groups = actions.map((id) => ({ type: 'Action', id }))
  const acting = groups.flatMap((uid, at) =>
    random.once(6) ? [] : [{ uid, attrs: {}, parents: parentsFrom(random, groups.slice(at + 1)), tags: {} }],
  )
  return [...known, ...acting]
}

function parentsFrom(random: Random, later: readonly UidJson[]): readonly UidJson[] {
  return later.length === 0 ? [] : random.several(2, () => random.pick(later))
}

function anyEntity(random: Random, uid: UidJson, parents: readonly UidJson[]): EntityJson {
  const record = (most: number, from: readonly string[]): Readonly<Record<string, unknown>> =>
    Object.fromEntries(random.several(most, () => [random.pick(from), anyValue(random, 2)] as const))
  return { uid, attrs: record(6, names), parents, tags: record(3, tagNames) }
}

const extensions = [
  { fn: 'decimal', arg: '1.2' },
  { fn: 'decimal', arg: '-0.5' },
  { fn: 'ip', arg: '10.0.0.0/8' },
  { fn: 'ip', arg: '10.1.2.3' },
  { fn: 'ip', arg: '::1' },
  { fn: 'datetime', arg: '2024-01-01T12:00:00.000+0130' },
  { fn: 'duration', arg: '-1d2h' },
] as const

/** A value in Cedar's JSON form. */
export function anyValue(random: Random, depth: number): unknown {
  switch (random.below(depth > 0 ? 7 : 5)) {
    case 0:
      return random.once(2)
    case 1:
      return random.pick(numbers)
    case 2:
      return random.pick(texts)
    case 3:
      return { __entity: anyUid(random) }
    case 4:
      return { __extn: random.pick(extensions) }
    case 5:
      return random.several(3, () => anyValue(random, depth - 1))
    default:
      return Object.fromEntries(random.several(3, () => [random.pick(names), anyValue(random, depth - 1)] as const))
  }
}
