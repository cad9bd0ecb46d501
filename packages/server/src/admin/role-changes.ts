/** Roles of users, groups and clients: given and taken in one way, whoever holds them. @module */

import type { TSchema } from 'typebox'
import type { Answer, Route, RouteInput } from '#http'
import type { Operation } from '#kernel'
import type { Handle } from './answer.ts'
import { endpoint } from './endpoint.ts'
import type { GrantChecks } from './grant-checks.ts'
import { roleParams } from './shapes.ts'

/** What changes the roles of one kind of holder. */
export interface RolePort<Id> {
  assignRole(op: Operation, id: Id, role: string, seen: string | undefined): Promise<void>
  withdrawRole(op: Operation, id: Id, role: string, seen: string | undefined): Promise<void>
}

export interface RoleChangeHandlers {
  readonly assignRole: Handle
  readonly withdrawRole: Handle
}

export interface RoleHolders<Id> {
  readonly port: RolePort<Id>
  readonly checks: GrantChecks
  /** Who may be given a role, and who may lose one; refuses when there is nobody. */
  readonly giving: (op: Operation, input: RouteInput) => Promise<Id>
  readonly taking: (op: Operation, input: RouteInput) => Promise<Id>
  readonly show: (op: Operation, id: Id) => Promise<Answer>
}

export function roleChangeHandlers<Id>({ port, checks, giving, taking, show }: RoleHolders<Id>): RoleChangeHandlers {
  const change = (find: RoleHolders<Id>['giving'], make: RolePort<Id>['assignRole']): Handle => {
    return async (op, input) => {
      const id = await find(op, input)
      // Whether it is a name of one, the schema has said.
      const role = input.params['role'] ?? ''
      await checks.role(op, role)
      await make(op, id, role, input.version)
      return show(op, id)
    }
  }
  return {
    assignRole: change(giving, async (...asked) => port.assignRole(...asked)),
    withdrawRole: change(taking, async (...asked) => port.withdrawRole(...asked)),
  }
}

/** What the endpoints say of a kind of holder. */
export interface RoleWords {
  readonly plural: string
  readonly param: string
  readonly shape: TSchema
  readonly about: Pick<Route, 'resource' | 'version'>
  readonly gives: string
  readonly takes: string
}

export function roleChangeRoutes(roles: RoleChangeHandlers, { plural, param, shape, about, gives, takes }: RoleWords): readonly Route[] {
  const path = `/${plural}/:${param}/roles/:role` as const
  const schema = { params: roleParams(param), answers: { 200: shape } }
  return [
    endpoint('PUT', path, 'roles:assign', gives, schema, roles.assignRole, about),
    endpoint('DELETE', path, 'roles:withdraw', takes, schema, roles.withdrawRole, about),
  ]
}
