/**
 * The referee's process: it is given a policy set, asks our engine and Cedar's own
 * build the same random questions about it, says how that went, and ends.
 *
 * A process of its own, because the build can take any memory and any time, and
 * whatever it breaks breaks with it.
 *
 * @module
 */

import { systemClock } from '#kernel'
import { compareEngines, createCedarEngine, createReferee, importSet, type Comparison } from '#policy'
import { readFirstLine } from '../first-line.ts'
import { readRefereeSettings, type RefereeAnswer } from './referee-settings.ts'

/** Resolves with the exit code. */
export async function runReferee(): Promise<number> {
  const { line } = readFirstLine('The referee is started by the server, which tells it what to examine.')
  const { set: exported, questions, seed, withinMs } = readRefereeSettings(await line)
  const engine = createCedarEngine()
  const set = importSet(engine, exported)
  if (set === undefined) throw new Error('the referee was given a set that does not compile')
  const endsMs = systemClock.monotonicMs() + withinMs
  const isOver = (): boolean => systemClock.monotonicMs() > endsMs
  const compared = compareEngines([engine, createReferee()], set, { questions, seed, isOver })
  process.stdout.write(`${JSON.stringify(answerOf(compared))}\n`)
  return 0
}

function answerOf({ asked, disagreement }: Comparison): RefereeAnswer {
  if (disagreement === undefined) return { asked }
  const { question, answers } = disagreement
  return { asked, question: JSON.stringify(question), answers }
}
