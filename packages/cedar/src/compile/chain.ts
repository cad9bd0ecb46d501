/** Chains of `&&` and `||`. They nest to the left and may be long, so they are unrolled and not descended into. @module */

import { member, readObject, refuseInput, type Path } from '../read/plain.ts'

/** More operands in a row than people write. */
export const longestChain = 1_000

export interface ChainedOperand {
  readonly json: unknown
  readonly path: Path
}

/** The operands of `a && b && c`, in their order. Throws {@link InputError} for a longer chain than is taken. */
export function unchain(name: '&&' | '||', operand: unknown, path: Path): readonly ChainedOperand[] {
  const operands: ChainedOperand[] = []
  let node = readObject(operand, path)
  for (;;) {
    if (operands.length + 2 > longestChain) refuseInput('input.size', path, `more than ${longestChain} operands in a row`)
    operands.push({ json: member(node, 'right'), path: [...path, 'right'] })
    const left = readObject(member(node, 'left'), [...path, 'left'])
    const inner = member(left, name)
    if (inner === undefined || Object.keys(left).length > 1) return [...operands, { json: left, path: [...path, 'left'] }].toReversed()
    node = readObject(inner, path)
  }
}
