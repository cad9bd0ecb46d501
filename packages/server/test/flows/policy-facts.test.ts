/** What the policies of our own APIs may know of a request, as their schema declares it: they are told it. */

import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openTestHouse } from '../house.ts'

const folder = mkdtempSync(join(tmpdir(), 'countersign-own-policies-'))
cpSync(fileURLToPath(new URL('../../policies/countersign', import.meta.url)), folder, { recursive: true })
writeFileSync(
  join(folder, 'here.cedar'),
  `@id("not-from-here") @public_reason("Not from here.")
  forbid (principal, action, resource)
  when {
    context has address && context.address.isInRange(ip("127.0.0.0/8")) &&
    context has method && context.method == "GET" && context has path && context.path == "/admin/v1/users"
  };`,
)
const house = await openTestHouse({ settings: { policies: { countersign: folder } } })
after(() => rmSync(folder, { recursive: true }))
const owner = await house.user('first-owner', 'owner')
const headers = { authorization: `Bearer ${await house.tokenOf(owner)}` }

const rows = [
  { says: 'what it speaks of', method: 'GET', url: '/admin/v1/users', from: '127.0.0.1', status: 403 },
  { says: 'the same with a query', method: 'GET', url: '/admin/v1/users?limit=1', from: '127.0.0.9', status: 403 },
  { says: 'the same in another spelling', method: 'GET', url: '/admin/v1/%75sers', from: '127.0.0.1', status: 403 },
  { says: 'another address', method: 'GET', url: '/admin/v1/users', from: '203.0.113.9', status: 200 },
  { says: 'another path', method: 'GET', url: '/admin/v1/clients', from: '127.0.0.1', status: 200 },
  { says: 'another method', method: 'POST', url: '/admin/v1/users', from: '127.0.0.1', status: 400 },
] as const

for (const { says, method, url, from, status } of rows) {
  test(`a policy about address, method and path decides about ${says}: ${status}`, async () => {
    const answer = await house.inject({ method, url, headers, remoteAddress: from })
    assert.equal(answer.statusCode, status, answer.body)
    if (status === 403) assert.equal(answer.json<{ detail: string }>().detail, 'Not from here.')
  })
}
