import type { Findings } from './findings.ts'
import type { Slot } from './slice.ts'

/** Checks, leaf by leaf, that each writer's numbers enter the tree from 1 on without gaps. Writers are few: one a connection. */
export class NumberCheck {
  readonly #findings: Findings
  readonly #last = new Map<string, number>()

  constructor(findings: Findings) {
    this.#findings = findings
  }

  check(slots: readonly Slot[]): void {
    for (const { place, index } of slots) {
      if (place === undefined) continue
      const { writer, number } = place
      const expected = (this.#last.get(writer) ?? 0) + 1
      if (number > expected) this.#findings.add({ code: 'gap_found', writer, first: expected, last: number - 1 })
      else if (number < expected) this.#findings.add({ code: 'order_broken', index })
      this.#last.set(writer, number)
    }
  }
}
