/** Who may administer what: a change of policy is a change of ticks. @module */

import { test } from 'node:test'
import { createCedarEngine, decide, type Ask } from '#policy'
import { matchesGolden } from '../golden.ts'
import { aUser, shippedSet, theMachineOwner } from '../policies.ts'

const engine = createCedarEngine()

type Asker = Pick<Ask, 'principal' | 'roles'>

function matrix(store: 'countersign' | 'notes', principals: ReadonlyMap<string, Asker>, ids: readonly string[]): string {
  const set = shippedSet(engine, store)
  const lines: string[] = []
  for (const id of ids) {
    const columns = [...principals.keys()]
    const widths = columns.map((column) => Math.max(column.length, 4))
    lines.push(
      `${`${set.store} ${id}`.trimEnd().padEnd(24)}${columns.map((column, at) => column.padStart((widths[at] ?? 0) + 2)).join('')}`,
    )
    for (const [action, { resources }] of set.schema.actions) {
      const [type = ''] = resources
      const ticks = [...principals.values()].map(({ principal, roles }, at) => {
        const { effect } = decide(engine, set, {
          principal,
          roles,
          action,
          resource: { type, id },
          facts: { nowMs: aUser.proof.authTimeMs },
        })
        return (effect === 'allow' ? '✔' : '✘').padStart((widths[at] ?? 0) + 2)
      })
      lines.push(`  ${action.padEnd(22)}${ticks.join('')}`)
    }
    lines.push('')
  }
  return lines.join('\n')
}

/** Somebody with each of these roles, and somebody without any. */
function withRoles(...roles: readonly string[]): Map<string, Asker> {
  const askers = new Map<string, Asker>()
  for (const role of roles) askers.set(role, { principal: aUser, roles: [role] })
  return askers.set('none', { principal: aUser, roles: [] })
}

test('who may do what is what was agreed', () => {
  const administrators = withRoles('owner', 'operator', 'auditor', 'helpdesk', 'editor').set('machine owner', {
    principal: theMachineOwner,
    roles: [],
  })
  const text = [matrix('countersign', administrators, ['']), matrix('notes', withRoles('viewer', 'editor', 'owner'), ['notes', 'archive'])]
  matchesGolden('packages/server/test/golden/roles.txt', text.join('\n'))
})
