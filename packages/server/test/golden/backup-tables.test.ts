/** What a backup does with each table, so that nobody adds one without having thought of a restore. @module */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tableFates } from '#store'
import { migrations } from '../../src/app/ground.ts'
import { matchesGolden } from '../golden.ts'

test('what a backup does with each table was decided', () => {
  const head =
    'What a backup does with each table (`inBackups` in the migrations).\n' +
    'A credential that can be taken away must not come back by a restore: it is left out, or the file of keys says what is still there.\n'
  const reasons = migrations.flatMap(({ steps }) =>
    steps.flatMap(({ changes }) =>
      changes.flatMap((change) => {
        if (!('createTable' in change) || change.createTable.inBackups === undefined) return []
        const [fate, why] = Object.entries(change.createTable.inBackups)[0] ?? ['', '']
        return [`${change.createTable.name.padEnd(20)} ${fate.padEnd(8)} ${why}`]
      }),
    ),
  )
  const { carried } = tableFates(migrations)
  matchesGolden(
    'packages/server/test/golden/backup-tables.txt',
    `${head}\n${[...reasons].sort().join('\n')}\n\n${[...carried]
      .sort()
      .map((name) => `${name.padEnd(20)} carried`)
      .join('\n')}\n`,
  )
})

test('every table has one fate', () => {
  const { carried, leftOut, apart } = tableFates(migrations)
  const all = [...carried, ...leftOut, ...apart]
  assert.equal(new Set(all).size, all.length)
})
