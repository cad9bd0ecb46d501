/** Users through the admin API. @module */

import type { Answer, RouteInput } from '#http'
import type { Operation, UserId } from '#kernel'
import { nothing, shown, type Handle } from './answer.ts'
import type { GrantChecks } from './grant-checks.ts'
import type { AdminUser, AdminUserChange, AdminUsers, NewUser } from './ports/people.ts'
import { readPage, requireId } from './read.ts'
import { roleChangeHandlers, type RoleChangeHandlers } from './role-changes.ts'

export interface UserHandlers extends RoleChangeHandlers {
  readonly list: Handle
  readonly create: Handle
  readonly read: Handle
  readonly update: Handle
  readonly remove: Handle
}

/** Whoever changes a user's names or password can be them, so `checks` are asked whether the caller holds what the user does. */
export function userHandlers(users: AdminUsers, checks: GrantChecks): UserHandlers {
  const show = async (op: Operation, id: UserId, status?: number): Promise<Answer> => shown(await users.find(op, id), status)
  const idOf = async (op: Operation, input: RouteInput): Promise<UserId> => {
    const id = requireId(input, 'usr', 'user')
    await show(op, id)
    return id
  }
  return {
    list: async (op, input) => {
      const { prefix, role, state } = input.query
      const filter = { prefix, role, state: state as AdminUser['state'] | undefined }
      return { status: 200, body: { json: await users.list(op, { ...readPage(input), ...filter }) } }
    },
    // Without roles: giving one is an action of its own, so that whoever may only create users cannot create an owner.
    create: async (op, input) => show(op, await users.create(op, input.body as NewUser), 201),
    read: async (op, input) => show(op, requireId(input, 'usr', 'user')),
    update: async (op, input) => {
      const id = await idOf(op, input)
      await checks.holdings(op, id)
      await users.update(op, id, input.body as AdminUserChange, input.version ?? '')
      return show(op, id)
    },
    remove: async (op, input) => {
      const id = await idOf(op, input)
      await checks.holdings(op, id)
      await users.remove(op, id, input.version)
      return nothing
    },
    ...roleChangeHandlers({ port: users, checks, giving: idOf, taking: idOf, show }),
  }
}
