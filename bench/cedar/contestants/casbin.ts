/** `casbin`: grants as policies, groups, folders and roles as its three role definitions. @module */

import { newEnforcer, newModelFromString } from 'casbin'
import type { Decide, World } from '../world.ts'

const model = `
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, role
[role_definition]
g = _, _
g2 = _, _
g3 = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = g3(r.act, p.role) && g2(r.obj, p.obj) && (p.sub == "*" || g(r.sub, p.sub))
`

export async function prepare({ facts, requests }: World): Promise<Decide> {
  const enforcer = await newEnforcer(newModelFromString(model))
  const principals = new Set([
    ...facts.grants.map(({ to }) => to),
    ...facts.owners.values(),
    ...requests.map((asked) => asked.principal.id),
  ])
  const parents = [...facts.parents].flatMap(([id, above]) => above.map((parent) => [id, parent]))
  const groups = new Set(principals)
  for (const id of groups) for (const parent of facts.parents.get(id) ?? []) groups.add(parent)
  await enforcer.addNamedGroupingPolicies(
    'g',
    parents.filter(([id = '']) => groups.has(id)),
  )
  await enforcer.addNamedGroupingPolicies(
    'g2',
    parents.filter(([id = '']) => !groups.has(id)),
  )
  await enforcer.addNamedGroupingPolicies(
    'g3',
    Object.entries(facts.roles).flatMap(([role, actions]) => actions.map((action) => [action, role])),
  )
  const policies = [
    ...facts.grants.map(({ to, on, role }) => [to, on, role]),
    ...[...facts.owners].map(([on, owner]) => [owner, on, 'owner']),
    ...[...facts.open].map((on) => ['*', on, 'anyone']),
  ]
  await enforcer.addPolicies([...new Map(policies.map((policy) => [policy.join('\0'), policy])).values()])
  return ({ principal, action, resource }) => enforcer.enforceSync(principal.id, resource.id, action.id)
}
