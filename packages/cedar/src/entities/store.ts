/**
 * The resident store of entities: who is known, with which attributes and tags,
 * and in what each of them is.
 *
 * What an entity is in is kept ready only for entities that something else is in
 * (a group, a folder): of a million users each knows its few groups, and each
 * group knows everything above it. So one update costs what hangs together by
 * groups, and not what has members.
 *
 * @module
 */

import type { EntityUid } from '../values/uid.ts'
import type { CedarRecord } from '../values/value.ts'
import { InputError } from '../errors.ts'
import { isBelow, mostParents, Node, noNodes, nothing, setParents, settle, uidsAbove } from './node.ts'
import type { EntityData, EntityDirectory } from './source.ts'

/** An entity as it is put into a store. */
export interface Entity extends EntityData {
  readonly uid: EntityUid
  /** What it is in, directly; more is no mistake. */
  readonly parents: readonly EntityUid[]
}

/** What happens to a store in one step. */
export interface EntityChanges {
  readonly remove?: readonly EntityUid[]
  /** Each takes the place of what was known under its name. */
  readonly put?: readonly Entity[]
}

/** How a node was before a change. */
interface Before {
  readonly node: Node
  readonly isKnown: boolean
  readonly attributes: CedarRecord
  readonly tags: CedarRecord
  readonly parents: readonly Node[]
}

/** A change that is under way. */
interface Change {
  readonly before: Before[]
  readonly stale: Set<Node>
  /** Everything that it met, which may be of no use when it is over, or when it failed. */
  readonly met: Set<Node>
}

export class EntityStore implements EntityDirectory {
  readonly #types = new Map<string, Map<string, Node>>()
  #size = 0
  #revision = 0

  /** How many entities are known. */
  get size(): number {
    return this.#size
  }

  get revision(): number {
    return this.#revision
  }

  find(uid: EntityUid): EntityData | undefined {
    const node = this.#node(uid)
    return node?.isKnown === true ? node : undefined
  }

  isIn(uid: EntityUid, ancestor: EntityUid): boolean {
    const node = this.#node(uid)
    if (node === undefined) return uid.equals(ancestor)
    const other = this.#node(ancestor)
    return other !== undefined && (node === other || isBelow(node, other))
  }

  /** Throws {@link InputError} `input.size` for one that has come to be in more than ten thousand. */
  ancestors(uid: EntityUid): readonly EntityUid[] {
    const node = this.#node(uid)
    return node === undefined || node.parents.length === 0 ? [] : uidsAbove(node)
  }

  *ofType(type: string): Iterable<EntityUid> {
    for (const node of this.#types.get(type)?.values() ?? []) if (node.isKnown) yield node.uid
  }

  isMentioned(uid: EntityUid): boolean {
    return this.#node(uid) !== undefined
  }

  /**
   * Applies changes as one: all of them, or none. Throws {@link InputError} `input.cycle` when an entity would be in itself
   * and `input.size` when one would be in more than a thousand others directly, or one with members in more than a thousand at all.
   */
  apply({ remove = [], put = [] }: EntityChanges): void {
    this.#revision += 1
    const change: Change = { before: [], stale: new Set(), met: new Set() }
    try {
      for (const uid of remove) this.#set(this.#node(uid), undefined, change)
      for (const entity of put) this.#set(this.#nodeOrNew(entity.uid), entity, change)
      settle(change.stale)
    } catch (error) {
      this.#undo(change)
      throw error
    } finally {
      for (const node of change.met) this.#forgetUnused(node)
    }
  }

  #set(node: Node | undefined, entity: Entity | undefined, { before, stale, met }: Change): void {
    if (node === undefined) return
    const { isKnown, attributes, tags, parents } = node
    before.push({ node, isKnown, attributes, tags, parents })
    for (const left of [node, ...parents]) met.add(left)
    this.#size += Number(entity !== undefined) - Number(isKnown)
    node.isKnown = entity !== undefined
    node.attributes = entity?.attributes ?? nothing
    node.tags = entity?.tags ?? nothing
    this.#move(node, this.#nodesOf(entity?.parents ?? [], met), stale)
  }

  #nodesOf(uids: readonly EntityUid[], met: Set<Node>): readonly Node[] {
    const nodes = new Set<Node>()
    for (const uid of uids) {
      const node = this.#nodeOrNew(uid)
      met.add(node)
      nodes.add(node)
    }
    if (nodes.size > mostParents) throw new InputError('input.size', '', `an entity would be in more than ${mostParents} others directly`)
    return nodes.size === 0 ? noNodes : [...nodes]
  }

  /** Most changes leave an entity where it is. */
  #move(node: Node, parents: readonly Node[], stale: Set<Node>): void {
    const stays = parents.length === node.parents.length && parents.every((parent, at) => parent === node.parents[at])
    if (!stays) setParents(node, parents, stale)
  }

  #undo({ before, stale }: Change): void {
    for (const { node, isKnown, attributes, tags, parents } of before.toReversed()) {
      this.#size += Number(isKnown) - Number(node.isKnown)
      Object.assign(node, { isKnown, attributes, tags })
      this.#move(node, parents, stale)
    }
    settle(stale)
  }

  /** Forgets what is neither known any more nor above anything. */
  #forgetUnused(node: Node): void {
    const { uid, isKnown, children } = node
    if (isKnown || children > 0) return
    node.owner = undefined
    const ids = this.#types.get(uid.type)
    ids?.delete(uid.id)
    if (ids?.size === 0) this.#types.delete(uid.type)
  }

  #node(uid: EntityUid): Node | undefined {
    const { found } = uid
    if (found instanceof Node && found.owner === this) return found
    const node = this.#types.get(uid.type)?.get(uid.id)
    if (node !== undefined) uid.remember(node)
    return node
  }

  #nodeOrNew(uid: EntityUid): Node {
    const known = this.#node(uid)
    if (known !== undefined) return known
    const node = new Node(uid, this)
    const ids = this.#types.get(uid.type)
    if (ids === undefined) this.#types.set(uid.type, new Map([[uid.id, node]]))
    else ids.set(uid.id, node)
    return node
  }
}
