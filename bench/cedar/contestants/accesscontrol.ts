/**
 * `accesscontrol`: every user and group is a role, and a role on a resource
 * grants its actions on a resource of that name. It has no resources in
 * resources: what was granted on a folder cannot be said.
 *
 * @module
 */

import { AccessControl } from 'accesscontrol'
import { closureOf, type Decide, type World } from '../world.ts'

export function prepare({ entities, facts, requests }: World): Decide {
  const control = new AccessControl()
  const resources = [...new Set(requests.map((asked) => asked.resource.id))]
  const below = new Map<string, string[]>()
  for (const resource of resources) for (const on of closureOf(resource, facts)) below.set(on, [...(below.get(on) ?? []), resource])
  const grants = [
    ...facts.grants,
    ...[...facts.owners].map(([on, to]) => ({ role: 'owner', to, on })),
    ...[...facts.open].map((on) => ({ role: 'anyone', to: 'everyone', on })),
  ]
  const known = new Set<string>()
  for (const { role, to, on } of grants) {
    for (const resource of below.get(on) ?? []) {
      known.add(to)
      for (const action of facts.roles[role] ?? []) control.grant(to).action(action, resource)
    }
  }
  const rolesOf = new Map(
    entities
      .filter(({ uid }) => uid.type === 'User')
      .map(({ uid }) => [uid.id, [...closureOf(uid.id, facts), 'everyone'].filter((role) => known.has(role))]),
  )
  return ({ principal, action, resource }) => {
    const roles = rolesOf.get(principal.id) ?? []
    return roles.length > 0 && control.can(roles).do(action.id, resource.id).granted
  }
}
