/** What the server was configured with, through the admin API. @module */

import type { Answer, RouteInput } from '#http'
import type { Operation } from '#kernel'
import type { AdminSettings } from './ports/server.ts'
import { readPage } from './read.ts'

type Handle = (op: Operation, input: RouteInput) => Promise<Answer>

export function settingHandlers(settings: AdminSettings): { readonly list: Handle } {
  return {
    list: async (op, input) => ({
      status: 200,
      body: { json: await settings.list(op, { ...readPage(input), prefix: input.query['prefix'] }) },
    }),
  }
}
