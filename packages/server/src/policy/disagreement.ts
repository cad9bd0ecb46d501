/** Two engines, asked the same about one set. @module */

import { enforce, type CompiledSet, type Evaluation } from './engine.ts'
import { readProgram } from './program.ts'
import { Questions, type Question } from './questions.ts'
import type { Referee } from './referee.ts'

export interface Disagreement {
  readonly question: Question
  readonly answers: readonly [string, string]
}

export interface Comparison {
  /** Fewer than were wanted when the time ran out. */
  readonly asked: number
  /** The first question that was answered differently. */
  readonly disagreement: Disagreement | undefined
}

export interface ComparisonWishes {
  readonly questions: number
  /** The same seed makes the same questions. */
  readonly seed: number
  /** Asked between questions; never when absent. */
  readonly isOver?: () => boolean
}

/** Asks two engines random questions about a set until they disagree, all were asked or the time is over. */
export function compareEngines(
  [first, second]: readonly [Referee, Referee],
  set: CompiledSet,
  { questions: count, seed, isOver = () => false }: ComparisonWishes,
): Comparison {
  const questions = new Questions(readProgram(set).schema, set, seed)
  let asked = 0
  for (; asked < count && !isOver(); asked += 1) {
    const question = questions.next()
    const { request, entities } = question
    const answers = [sayEvaluation(first.evaluate(set, request, entities)), sayEvaluation(second.evaluate(set, request, entities))] as const
    if (answers[0] !== answers[1]) return { asked: asked + 1, disagreement: { question, answers } }
  }
  return { asked, disagreement: undefined }
}

/** Everything of an answer that two engines must share: each says in its own words why a policy erred. */
function sayEvaluation(evaluation: Evaluation): string {
  const { decision, reasons, erring, unanswerable } = evaluation
  if (unanswerable !== undefined) return `${enforce(evaluation)}: cannot be asked`
  const skipped = erring.map(({ policy, effect }) => `${effect} ${policy}`).sort()
  return `${decision} by ${reasons.join() || 'none'}${skipped.length === 0 ? '' : `, erring ${skipped.join()}`}`
}
