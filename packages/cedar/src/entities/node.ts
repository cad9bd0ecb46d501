/** Entities as a store holds them, with what each is in. @module */

import { InputError } from '../errors.ts'
import type { EntityUid } from '../values/uid.ts'
import type { CedarRecord } from '../values/value.ts'
import type { EntityData } from './source.ts'

/** What one entity with members may be in, at most; more is a mistake or an attack. */
export const mostAbove = 1_000

/** What one entity may be in directly, at most. */
export const mostParents = 1_000

/** What an entity without members may be in, at most, when it is asked: its groups may have moved since it was put there. */
const mostAround = 10_000

export const nothing: CedarRecord = new Map()
export const noNodes: readonly Node[] = []

/** An entity that is known, or one that others are said to be in. */
export class Node implements EntityData {
  readonly uid: EntityUid
  /** The store that keeps it; none any more once it is forgotten. */
  owner: object | undefined
  isKnown = false
  attributes: CedarRecord = nothing
  tags: CedarRecord = nothing
  parents: readonly Node[] = noNodes
  /** How many are in it directly. */
  children = 0
  /** Those of its children that have children. */
  groups: Set<Node> | undefined
  /** Everything that it is in: ready while it has children, unless a change is under way. */
  above: ReadonlySet<Node> | undefined

  constructor(uid: EntityUid, owner: object) {
    this.uid = uid
    this.owner = owner
  }
}

/** Moves an entity below other parents. What has to be counted again is added to `stale`. */
export function setParents(node: Node, parents: readonly Node[], stale: Set<Node>): void {
  for (const parent of node.parents) removeChild(parent, node)
  node.parents = parents
  for (const parent of parents) addChild(parent, node, stale)
  if (node.children > 0) invalidate(node, stale)
}

function addChild(parent: Node, child: Node, stale: Set<Node>): void {
  parent.children += 1
  if (child.children > 0) (parent.groups ??= new Set()).add(child)
  if (parent.children > 1) return
  for (const grandparent of parent.parents) (grandparent.groups ??= new Set()).add(parent)
  stale.add(parent)
}

function removeChild(parent: Node, child: Node): void {
  parent.children -= 1
  parent.groups?.delete(child)
  if (parent.children > 0) return
  parent.above = undefined
  for (const grandparent of parent.parents) grandparent.groups?.delete(parent)
}

/** INVARIANT (stale below): what is not ready has nothing ready below it, so that the walk may stop there. */
function invalidate(node: Node, stale: Set<Node>): void {
  stale.add(node)
  node.above = undefined
  const waiting = [...(node.groups ?? noNodes)]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    stale.add(next)
    if (next.above === undefined) continue
    next.above = undefined
    for (const group of next.groups ?? noNodes) waiting.push(group)
  }
}

/** Makes ready what is stale. Throws {@link InputError} when something would be in itself, or in too much. */
export function settle(stale: Iterable<Node>): void {
  for (const node of stale) if (node.children > 0) makeReady(node)
}

/** Without recursion: a chain may be as long as there are entities. */
function makeReady(node: Node): void {
  const underWay = new Set<Node>()
  const waiting = [node]
  for (let next = waiting.at(-1); next !== undefined; next = waiting.at(-1)) {
    const missing = next.above === undefined && !underWay.has(next) ? next.parents.filter(({ above }) => above === undefined) : []
    if (next.above === undefined) underWay.add(next)
    for (const parent of missing) {
      if (underWay.has(parent)) throw new InputError('input.cycle', '', `${parent.uid} would be in itself`)
      waiting.push(parent)
    }
    if (missing.length > 0) continue
    next.above ??= unite(next)
    underWay.delete(next)
    waiting.pop()
  }
}

function unite(node: Node): ReadonlySet<Node> {
  const above = allAbove(node)
  if (above.size > mostAbove) throw new InputError('input.size', '', `${node.uid} would be in more than ${mostAbove} others`)
  return above
}

/** Whether an entity is in another, from what it or its parents have ready. */
export function isBelow({ above, parents }: Node, other: Node): boolean {
  if (above !== undefined) return above.has(other)
  for (const parent of parents) if (parent === other || parent.above?.has(other) === true) return true
  return false
}

/** The names of everything that an entity is in. Throws {@link InputError} for too much. */
export function uidsAbove(node: Node): readonly EntityUid[] {
  const uids: EntityUid[] = []
  const [parent, another] = node.parents
  let above = node.above
  // With one parent nothing is met twice.
  if (above === undefined && another === undefined && parent?.above !== undefined) {
    uids.push(parent.uid)
    above = parent.above
  }
  for (const { uid } of above ?? allAbove(node)) uids.push(uid)
  return uids
}

/** Everything that an entity is in, from what its parents have ready. */
function allAbove({ uid, parents }: Node): ReadonlySet<Node> {
  const above = new Set<Node>()
  for (const parent of parents) {
    above.add(parent)
    if (parent.above !== undefined) for (const node of parent.above) above.add(node)
    if (above.size > mostAround) throw new InputError('input.size', '', `${uid} is in more than ${mostAround} others`)
  }
  return above
}
