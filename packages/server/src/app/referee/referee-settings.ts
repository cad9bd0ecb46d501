/** What the server and the referee's process say to each other, a line each. @module */

import type { ExportedSet } from '#policy'
import { StartMistake } from '../mistake.ts'

export interface RefereeSettings {
  readonly set: ExportedSet
  readonly questions: number
  readonly seed: number
  /** How long it may go on asking. */
  readonly withinMs: number
}

export interface RefereeAnswer {
  readonly asked: number
  /** The first question that was answered differently, as JSON, with the engine's answer and that of Cedar's build. */
  readonly question?: string
  readonly answers?: readonly [string, string]
}

/** The line comes from our own process. */
export function readRefereeSettings(line: string): RefereeSettings {
  const { set, ...settings } = JSON.parse(line) as RefereeSettings
  return { ...settings, set: { ...set, store: set.store } }
}

/** Throws {@link StartMistake} for what is no answer. */
export function readRefereeAnswer(said: Readonly<Record<string, unknown>>): RefereeAnswer {
  const { asked, question, answers } = said
  if (typeof asked !== 'number' || asked === 0) throw new StartMistake('The referee did not say how much it asked.')
  if (question === undefined) return { asked }
  if (typeof question !== 'string' || !Array.isArray(answers)) throw new StartMistake('The referee did not say what it found.')
  return { asked, question, answers: [String(answers[0]), String(answers[1])] }
}
