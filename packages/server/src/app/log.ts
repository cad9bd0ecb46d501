/**
 * The log: JSON lines on standard error, by route template and without
 * addresses, names, tokens, bodies or queries. What happened to whom is in the
 * audit record; this is for whoever keeps the process running.
 *
 * @module
 */

import { pino } from 'pino'

/** One line of the log. Values are short words and numbers of ours. */
export type LogFacts = Readonly<Record<string, string | number | boolean | undefined>>

export interface Log {
  info(says: string, facts?: LogFacts): void
  warn(says: string, facts?: LogFacts): void
  /** For defects and outages only. The chain of causes is printed: names and messages, never values. */
  error(says: string, error: unknown, facts?: LogFacts): void
}

/** `worker`: the number of this process, where it is one of several. */
export function createLog(level: 'error' | 'warn' | 'info', part: string, worker?: number): Log {
  const base = { part, ...(worker === undefined ? {} : { worker }) }
  const logger = pino({ level, base, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ dest: 2, sync: true }))
  return {
    info: (says, facts) => logger.info(facts ?? {}, says),
    warn: (says, facts) => logger.warn(facts ?? {}, says),
    error: (says, error, facts) => logger.error({ ...facts, causes: chain(error) }, says),
  }
}

/** How deep a chain of causes is followed; longer ones are rings. */
const deepest = 8

/** Every error from the outermost to its root cause. */
function chain(error: unknown): readonly string[] {
  const lines: string[] = []
  for (let at: unknown = error; at !== undefined && lines.length < deepest; at = at instanceof Error ? at.cause : undefined) {
    lines.push(at instanceof Error ? (at.stack ?? `${at.name}: ${at.message}`) : `a thrown ${typeof at}`)
  }
  return lines
}
