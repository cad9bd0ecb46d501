/** Users through the admin API. @module */

import type { Answer, RouteInput } from '#http'
import type { Operation, UserId } from '#kernel'
import type { AdminUser, AdminUsers, NewUser } from './ports.ts'
import { readPage, requireId } from './read.ts'
import { refuse } from './refusals.ts'

type Handle = (op: Operation, input: RouteInput) => Promise<Answer>

export interface UserHandlers {
  readonly list: Handle
  readonly create: Handle
  readonly read: Handle
  readonly update: Handle
  readonly remove: Handle
  readonly assignRole: Handle
  readonly withdrawRole: Handle
}

export function userHandlers(users: AdminUsers): UserHandlers {
  const show = async (op: Operation, id: UserId, status = 200): Promise<Answer> => {
    const user = await users.find(op, id)
    if (user === undefined) throw refuse('admin.not_found', 'no such user')
    return { status, body: { json: user } }
  }
  return {
    list: async (op, input) => {
      const { prefix, role, state } = input.query
      const filter = { prefix, role, state: state as AdminUser['state'] | undefined }
      return { status: 200, body: { json: await users.list(op, { ...readPage(input), ...filter }) } }
    },
    create: async (op, input) => {
      // Without roles: giving one is an action of its own, so that whoever may only create users cannot create an owner.
      return show(op, await users.create(op, input.body as NewUser), 201)
    },
    read: async (op, input) => show(op, requireId(input, 'usr', 'user')),
    update: async (op, input) => {
      const id = requireId(input, 'usr', 'user')
      const { state, password } = input.body as { readonly state?: 'active' | 'disabled'; readonly password?: string }
      await show(op, id)
      if (password !== undefined) await users.setPassword(op, id, password)
      if (state !== undefined) await users.setState(op, id, state)
      return show(op, id)
    },
    remove: async (op, input) => {
      const id = requireId(input, 'usr', 'user')
      await show(op, id)
      await users.remove(op, id)
      return { status: 204, body: 'empty' }
    },
    assignRole: async (op, input) => {
      const id = requireId(input, 'usr', 'user')
      await show(op, id)
      await users.assignRole(op, id, input.params['role'] ?? '')
      return show(op, id)
    },
    withdrawRole: async (op, input) => {
      const id = requireId(input, 'usr', 'user')
      await show(op, id)
      await users.withdrawRole(op, id, input.params['role'] ?? '')
      return show(op, id)
    },
  }
}
