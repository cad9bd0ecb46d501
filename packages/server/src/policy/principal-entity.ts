/**
 * How a principal looks to policies: `Countersign::User::"usr_…"` in its roles
 * and groups, with how it was proven. Nothing else in the house makes entities
 * of this namespace, and no app can.
 *
 * @module
 */

import type { Principal } from '#kernel'
import type { Entity, EntityUid, Value } from './engine.ts'
import { instant } from './facts.ts'
import { houseNamespace } from './house-schema.ts'

const typeNames = { user: 'User', service: 'Service', 'machine-owner': 'MachineOwner' } as const

/** The names of what a principal is in. Roles include those that come through groups. */
export interface Belonging {
  readonly roles: readonly string[]
  /** Ids of groups. */
  readonly groups?: readonly string[]
}

export function uidOfPrincipal(principal: Principal): EntityUid {
  return { type: `${houseNamespace}::${typeNames[principal.is]}`, id: principal.id }
}

/** The machine's owner is in no role: what it may do is said of its type. */
export function entityOfPrincipal(principal: Principal, { roles, groups = [] }: Belonging): Entity {
  const { acr, amr, authTimeMs } = principal.proof
  const { kind, scopes } = principal.credential
  const client = principal.is === 'machine-owner' ? undefined : principal.client
  const attrs: Record<string, Value> = { acr, amr, authTime: instant(authTimeMs), credential: kind }
  if (client !== undefined) attrs['client'] = client
  if (scopes !== undefined) attrs['scopes'] = scopes
  const parents =
    principal.is === 'machine-owner'
      ? []
      : [...roles.map((id) => ({ type: `${houseNamespace}::Role`, id })), ...groups.map((id) => ({ type: `${houseNamespace}::Group`, id }))]
  return { uid: uidOfPrincipal(principal), attrs, parents }
}
