/** Signing keys through the admin API. @module */

import type { Answer, RouteInput } from '#http'
import type { Operation } from '#kernel'
import type { AdminKeys } from './ports/server.ts'
import { refuse } from './refusals.ts'

type Handle = (op: Operation, input: RouteInput) => Promise<Answer>

export function keyHandlers(keys: AdminKeys): { readonly list: Handle; readonly rotate: Handle } {
  return {
    list: async (op) => ({ status: 200, body: { json: { items: await keys.list(op) } } }),
    rotate: async (op, input) => {
      const purpose = input.params['purpose'] ?? ''
      if (!(await keys.rotate(op, purpose))) throw refuse('admin.not_found', 'no such purpose')
      const items = (await keys.list(op)).filter((key) => key.purpose === purpose)
      return { status: 200, body: { json: { items } } }
    },
  }
}
