/** Which roles there are and who holds them, through the admin API. @module */

import type { RouteInput } from '#http'
import type { Operation } from '#kernel'
import type { Handle } from './answer.ts'
import type { AdminRole, AdminRoles } from './ports/roles.ts'
import { readPage } from './read.ts'
import { refuse } from './refusals.ts'

export interface RoleHandlers {
  readonly list: Handle
  readonly read: Handle
  readonly listHolders: Handle
}

export function roleHandlers(roles: AdminRoles): RoleHandlers {
  const requireRole = async (op: Operation, { params }: RouteInput): Promise<AdminRole> => {
    const found = await roles.find(op, params['role'] ?? '')
    if (found === undefined) throw refuse('admin.not_found', 'no policy names such a role, and nobody holds it')
    return found
  }
  return {
    list: async (op, input) => ({ status: 200, body: { json: await roles.list(op, readPage(input)) } }),
    read: async (op, input) => ({ status: 200, body: { json: await requireRole(op, input) } }),
    listHolders: async (op, input) => {
      const { role } = await requireRole(op, input)
      return { status: 200, body: { json: await roles.listHolders(op, role, readPage(input)) } }
    },
  }
}
