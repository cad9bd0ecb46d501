/**
 * `@casl/ability`: an ability for each user, made beforehand of what was granted
 * to the user and the groups it is in, and each resource with what it is in.
 *
 * @module
 */

import { AbilityBuilder, createMongoAbility, subject } from '@casl/ability'
import { closureOf, type Decide, type Facts, type World } from '../world.ts'

export function prepare({ entities, facts }: World): Decide {
  const things = new Map(entities.map(({ uid: { id } }) => [id, thingOf(id, facts)]))
  const abilities = new Map(entities.filter(({ uid }) => uid.type === 'User').map(({ uid: { id } }) => [id, abilityOf(id, facts)]))
  return ({ principal, action, resource }) => {
    const ability = abilities.get(principal.id)
    const thing = things.get(resource.id)
    return ability !== undefined && thing !== undefined && ability.can(action.id, thing)
  }
}

function thingOf(id: string, facts: Facts): object {
  return subject('Thing', { within: [...closureOf(id, facts)], owner: facts.owners.get(id), open: facts.open.has(id) })
}

function abilityOf(user: string, facts: Facts): ReturnType<typeof createMongoAbility> {
  const { can, build } = new AbilityBuilder(createMongoAbility)
  const groups = closureOf(user, facts)
  for (const [role, actions] of Object.entries(facts.roles)) {
    const granted = new Set(facts.grants.filter((grant) => grant.role === role && groups.has(grant.to)).map(({ on }) => on))
    if (granted.size > 0) can([...actions], 'Thing', { within: { $in: [...granted] } })
    if (role === 'owner' && facts.owners.size > 0) can([...actions], 'Thing', { owner: user })
    if (role === 'anyone') can([...actions], 'Thing', { open: true })
  }
  return build()
}
