/**
 * Stories of administration over HTTP, on the whole house. Each endpoint's
 * answers are held against what it declares, and none is left out.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventTables } from '../event-tables.ts'
import { openAskingHouse } from './admin/asking.ts'
import { theRecordIsRead } from './admin/audit.ts'
import { clientsAreAdministered } from './admin/clients.ts'
import { consentsAreAdministered } from './admin/consents.ts'
import { groupsAreAdministered } from './admin/groups.ts'
import { impactsAreSaid } from './admin/impact.ts'
import { keysAreAdministered } from './admin/keys.ts'
import { activationsAreAdministered } from './admin/activations.ts'
import { copyPolicies, policiesAreAdministered } from './admin/policies.ts'
import { strangersAreRefused } from './admin/refusals.ts'
import { gatewaySettings, routesAreAdministered } from './admin/routes.ts'
import { rolesAreShown } from './admin/roles.ts'
import { sessionsAreAdministered } from './admin/sessions.ts'
import { settingsAreShown } from './admin/settings.ts'
import { tokensAreAdministered } from './admin/tokens.ts'
import { usersAreAdministered } from './admin/users.ts'

const policies = mkdtempSync(join(tmpdir(), 'countersign-policies-'))
copyPolicies(policies)
const tracing = { collector: 'http://127.0.0.1:4318/v1/traces?key=collector-key' }
const house = await openAskingHouse({ settings: { policies: { notes: policies }, gateway: gatewaySettings, tracing } })

usersAreAdministered(house)
groupsAreAdministered(house)
clientsAreAdministered(house)
routesAreAdministered(house)
impactsAreSaid(house)
sessionsAreAdministered(house)
rolesAreShown(house)
tokensAreAdministered(house)
consentsAreAdministered(house)
theRecordIsRead(house)
policiesAreAdministered(house, policies)
activationsAreAdministered(house, policies)
keysAreAdministered(house)
settingsAreShown(house)
strangersAreRefused(house)

test('every event of these stories is in the tables of the modules', async () => {
  const known = new Set(Object.values(eventTables).flatMap((table) => Object.keys(table)))
  for (const { what } of await house.events()) assert.ok(known.has(what), what)
})

test('every endpoint of the admin API has done its work in a story', () => assert.deepEqual(house.unasked(), []))
