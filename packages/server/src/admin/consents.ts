/** What people allowed clients, through the admin API. @module */

import { nothing, type Handle } from './answer.ts'
import type { AdminConsents } from './ports/grants.ts'
import { readPage, requireId } from './read.ts'
import { refuse } from './refusals.ts'
import { readGrantFilter } from './tokens.ts'

export interface ConsentHandlers {
  readonly list: Handle
  readonly read: Handle
  readonly withdraw: Handle
}

export function consentHandlers(consents: AdminConsents): ConsentHandlers {
  return {
    list: async (op, input) => {
      return { status: 200, body: { json: await consents.list(op, { ...readPage(input), ...readGrantFilter(input) }) } }
    },
    read: async (op, input) => {
      const found = await consents.find(op, requireId(input, 'con', 'consent'))
      if (found === undefined) throw refuse('admin.not_found', 'no such consent')
      return { status: 200, body: { json: found } }
    },
    withdraw: async (op, input) => {
      const withdrawn = await consents.withdraw(op, requireId(input, 'con', 'consent'))
      if (!withdrawn) throw refuse('admin.not_found', 'no such consent')
      return nothing
    },
  }
}
