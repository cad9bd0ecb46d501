/**
 * The signed roots that a verification holds the log against, in the order of
 * their sizes: our own, read as they are needed, and one that the caller kept.
 *
 * @module
 */

import { sameBytes, type Operation } from '#kernel'
import type { Store } from '#store'
import { openCheckpoint, type Checkpoint } from './checkpoint.ts'
import type { Findings } from './findings.ts'
import type { SignedRoot } from './judge.ts'
import type { NoteKey } from './note.ts'
import type { Slot } from './slice.ts'
import { checkpointsAfter, type CheckpointRow } from './store.ts'

const checkpointsAtOnce = 500

/** A leaf older than this has a checkpoint, unless somebody took it: signing follows in less than a second. */
const signedWithinMs = 60_000

export interface RootsOptions {
  readonly op: Operation
  readonly store: Store
  readonly origin: string
  readonly keys: readonly NoteKey[]
  readonly given: Checkpoint | undefined
  readonly findings: Findings
}

export class Roots {
  readonly #options: RootsOptions
  #rows: readonly CheckpointRow[] | undefined
  #place = 0
  #uncovered = false
  #passedSize = 0
  #coveredSize = 0

  constructor(options: RootsOptions) {
    this.#options = options
  }

  /** The size of the largest of our checkpoints that was handed out; a forged one never is. */
  get coveredSize(): number {
    return this.#coveredSize
  }

  /** Those of exactly this size; ask for sizes that grow. */
  async of(size: number): Promise<readonly SignedRoot[]> {
    const roots: SignedRoot[] = []
    for (let row = await this.#next(); row !== undefined && row.size <= size; row = await this.#next()) {
      this.#place += 1
      this.#passedSize = row.size
      const checkpoint = this.#open(row)
      if (checkpoint !== undefined) roots.push({ whose: 'kept', checkpoint })
    }
    const { given } = this.#options
    if (given?.size === size) roots.push({ whose: 'given', checkpoint: given })
    return roots
  }

  /** Told of every leaf after its roots were asked for: one beyond all our checkpoints must be young. */
  passLeaf({ index, row }: Slot): void {
    const { op, findings } = this.#options
    if (this.#uncovered || index < this.#passedSize || row === undefined || row.at_ms > op.nowMs - signedWithinMs) return
    if (this.#rows?.[this.#place] !== undefined) return // a larger checkpoint covers it
    this.#uncovered = true
    findings.add({ code: 'checkpoint_missing', index })
  }

  async #next(): Promise<CheckpointRow | undefined> {
    const known = this.#rows?.[this.#place]
    if (known !== undefined || (this.#rows !== undefined && this.#rows.length < checkpointsAtOnce)) return known
    const after = this.#rows?.at(-1)?.size ?? -1
    const { op, store } = this.#options
    this.#rows = await store.read(op, async (db) => checkpointsAfter(db, op.tenant, after, checkpointsAtOnce))
    this.#place = 0
    return this.#rows[0]
  }

  #open(row: CheckpointRow): Checkpoint | undefined {
    const { origin, keys, findings } = this.#options
    const opened = openCheckpoint(row.note, origin, keys)
    if (opened.is !== 'checkpoint') {
      findings.add({ code: 'checkpoint_forged', size: row.size, because: `it is ${opened.is}` })
      return undefined
    }
    const { checkpoint } = opened
    if (checkpoint.size !== row.size || !sameBytes(checkpoint.root, row.root)) {
      findings.add({ code: 'checkpoint_forged', size: row.size, because: 'its columns differ from its text' })
      return undefined
    }
    this.#coveredSize = row.size
    return checkpoint
  }
}
