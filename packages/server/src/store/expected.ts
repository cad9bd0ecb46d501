/**
 * Whether a database may be begun. A server that found an empty place where its
 * database was, and began another there, would answer as if nobody had ever
 * been deleted, disabled or signed out.
 *
 * @module
 */

import { StoreMistake } from './mistakes.ts'

/** `data`: a database that somebody has begun, or none is opened. `nothing`: the reverse. */
export type Expected = 'data' | 'nothing'

/** Begun is a database that is tied to a root key: tables alone are made by `countersign migrate` too. */
export const begunSql = "SELECT count(*) AS count FROM instance WHERE name = 'root_key'"

/** Throws `StoreMistake`: `store.nothing_there`, `store.begun_already`. `place` is what the sentence calls the database. */
export function checkExpected(expects: Expected | undefined, begun: boolean, place: string): void {
  if (expects === 'data' && !begun) {
    throw new StoreMistake(
      'store.nothing_there',
      `There is no data in ${place}: if there was, bring it back with countersign restore; if a new instance is meant, start once with --new-instance.`,
    )
  }
  if (expects === 'nothing' && begun) {
    throw new StoreMistake(
      'store.begun_already',
      `There is data in ${place} already, so it cannot become a new instance: start without --new-instance.`,
    )
  }
}
