/**
 * A process that owns a data directory: says so in a line, and ends when its
 * standard input does. With a number it makes so many writes first, one after
 * the other, with a line after each. It imports nothing of node:test, which
 * would set the exit code by itself.
 *
 * @module
 */

import { writeSync } from 'node:fs'
import { systemOperation } from '#kernel'
import { openStore, StoreMistake } from '#store'
import { addBook, shelf } from '../contracts/store-tables.ts'

const [directory = '', writes = '0'] = process.argv.slice(2)

try {
  const store = await openStore({ kind: 'sqlite', directory, migrations: [shelf], recorder: { append: () => Promise.resolve() } })
  const op = systemOperation('test', store.defaultTenant, () => {})
  for (let number = 1; number <= Number(writes); number += 1) {
    await store.write(op, (tx) => addBook(tx, op.tenant, `book ${number}`))
    writeSync(1, `acknowledged ${number}\n`)
  }
  writeSync(1, 'open\n')
  process.stdin.resume().on('end', () => {
    store.close().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  })
} catch (error) {
  writeSync(2, error instanceof StoreMistake ? `${error.message}\n` : String(error))
  process.exitCode = 1
}
