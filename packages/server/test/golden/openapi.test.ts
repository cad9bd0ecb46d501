/** The API document, as it is published. The server writes the same from the same list. @module */

import { test } from 'node:test'
import { openApi } from '#http'
import { matchesGolden } from '../golden.ts'
import { openTestHouse } from '../house.ts'

test('the API document is not stale', async () => {
  const { house } = await openTestHouse()
  const document = openApi(house.edges, { title: 'Countersign', version: '1', url: 'https://id.example.com' })
  matchesGolden('docs/reference/api.json', `${JSON.stringify(document, null, 2)}\n`)
})
