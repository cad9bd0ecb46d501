/** Two engines, asked the same about one set. @module */

import type { CompiledSet, Evaluation } from '../../src/policy/engine.ts'
import { readProgram } from '../../src/policy/program.ts'
import { Questions, type Question } from './questions.ts'
import type { Referee } from '../../src/policy/referee.ts'

export interface Disagreement {
  readonly question: Question
  readonly answers: readonly [string, string]
}

/** The first of so many random questions that two engines answer differently; undefined when there is none. */
export function findDisagreement(
  engines: readonly [Referee, Referee],
  set: CompiledSet,
  count: number,
  seed: number,
): Disagreement | undefined {
  const questions = new Questions(readProgram(set).schema, set, seed)
  for (let asked = 0; asked < count; asked += 1) {
    const question = questions.next()
    const [first, second] = engines.map(({ evaluate }) => sayEvaluation(evaluate(set, question.request, question.entities))) as [
      string,
      string,
    ]
    if (first !== second) return { question, answers: [first, second] }
  }
  return undefined
}

/** Everything of an answer that two engines must share: each says in its own words why a policy erred. */
function sayEvaluation({ decision, reasons, erring, unanswerable }: Evaluation): string {
  if (unanswerable !== undefined) return 'cannot be asked'
  return `${decision} by ${reasons.join()}; erring: ${erring
    .map(({ policy, effect }) => `${effect} ${policy}`)
    .sort()
    .join()}`
}
