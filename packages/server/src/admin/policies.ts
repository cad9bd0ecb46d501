/** Policies through the admin API. @module */

import type { Answer, RouteInput } from '#http'
import type { Operation } from '#kernel'
import type { AdminPolicies } from './ports.ts'

type Handle = (op: Operation, input: RouteInput) => Promise<Answer>

export function policyHandlers(policies: AdminPolicies): { readonly check: Handle; readonly reload: Handle } {
  return {
    check: async (op, input) => {
      const { store, files } = input.body as {
        readonly store: string
        readonly files: readonly { readonly name: string; readonly text: string }[]
      }
      return { status: 200, body: { json: { mistakes: await policies.check(op, store, files) } } }
    },
    reload: async (op) => ({ status: 200, body: { json: await policies.reload(op) } }),
  }
}
