/**
 * What a database was made for. The first start stamps it; a start that does
 * not fit the stamp is a mistake in the set-up and changes nothing.
 *
 * @module
 */

import type { Operation } from '#kernel'
import { findInstanceFact, setInstanceFact, type Store } from '#store'
import { StartMistake } from './mistake.ts'

/** Data of the demo and of fixtures has its root key beside it and printed passwords: production must never run on it. */
export type Stamp = 'demo' | 'fixture' | 'production'

const madeBy: Readonly<Record<string, string>> = { demo: 'the demo', fixture: 'a fixture' }

export interface Purpose {
  readonly stamp: Stamp
  readonly issuer: string
}

/** Checks that the database was made for this, or stamps it when it is new. Throws {@link StartMistake}. */
export async function settlePurpose(op: Operation, store: Store, { stamp, issuer }: Purpose): Promise<void> {
  const known = await store.read(op, async (db) => ({
    stamp: await findInstanceFact(db, 'stamp'),
    issuer: await findInstanceFact(db, 'issuer'),
  }))
  if (known.stamp !== undefined && known.stamp !== stamp) {
    const maker = madeBy[known.stamp]
    throw new StartMistake(
      maker !== undefined
        ? `This data was made by ${maker}, whose keys and passwords are not secret. Make new data with countersign init.`
        : `This data is not that of ${madeBy[stamp] ?? 'production'}. Start it with its configuration, or give another folder with --data.`,
    )
  }
  if (known.issuer !== undefined && known.issuer !== issuer) {
    throw new StartMistake(
      `The issuer was ${known.issuer} when this data was made, and every token, link and passkey is tied to it. It cannot become ${issuer}.`,
    )
  }
  if (known.stamp === undefined || known.issuer === undefined) {
    await store.write(op, async (tx) => {
      await setInstanceFact(tx, 'stamp', stamp)
      await setInstanceFact(tx, 'issuer', issuer)
    })
  }
}
