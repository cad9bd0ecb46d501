/** Who may call what, of all that the server answers. A new line is a decision: say why in the commit. @module */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller, Route } from '#http'
import { matchesGolden } from '../golden.ts'
import { openTestHouse } from '../house.ts'

const { house } = await openTestHouse()
const routes = house.edges.flatMap((edge) => edge.routes)

const heads: Readonly<Record<Caller, string>> = {
  anyone: 'open to anyone',
  client: 'to clients, by their registration',
  session: 'to whoever is signed in, about themself',
  principal: 'to whoever the policies of Countersign allow the action',
}

test('no endpoint is open to strangers by accident', () => {
  const lines = Object.entries(heads).flatMap(([caller, head]) => [
    head,
    ...routes
      .filter((route) => route.caller === caller)
      .map(line)
      .sort(),
    '',
  ])
  matchesGolden('packages/server/test/golden/open-endpoints.txt', lines.join('\n'))
})

test('every endpoint for principals names its action, and no other does', () => {
  for (const { method, path, caller, action } of routes) assert.equal(action !== undefined, caller === 'principal', `${method} ${path}`)
})

test('no two endpoints have one address', () => {
  const names = routes.map(({ method, path }) => `${method} ${path}`)
  assert.equal(new Set(names).size, names.length)
})

function line({ method, path, limit, action, unsafelyFromAnySite }: Route): string {
  const more = [limit, ...(action === undefined ? [] : [action]), ...(unsafelyFromAnySite === true ? ['from pages of any site'] : [])]
  return `  ${method.padEnd(7)} ${path.padEnd(41)} ${more.join(', ')}`
}
