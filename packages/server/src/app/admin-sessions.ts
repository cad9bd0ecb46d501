/** Sessions, as the admin API shows and ends them. @module */

import type { AdminSession, AdminSessions } from '#admin'
import type { Identity } from '#identity'
import type { UserId } from '#kernel'
import type { ListedSession, Sessions } from '#sessions'

export function adminSessions(sessions: Sessions, identity: Identity): AdminSessions {
  return {
    list: async (op, request) => {
      const { items, next } = await sessions.list(op, request)
      const names = new Map<UserId, string | undefined>()
      for (const { user } of items) if (!names.has(user)) names.set(user, (await identity.findUser(op, user))?.username)
      return {
        items: items.map((session) => showSession(session, names.get(session.user))),
        next,
      }
    },
    find: async (op, id) => {
      const session = await sessions.describe(op, id)
      return session && showSession(session, (await identity.findUser(op, session.user))?.username)
    },
    end: async (op, id) => sessions.end(op, id, 'revoked'),
    endAll: async (op, id) => ((await identity.findUser(op, id)) === undefined ? undefined : sessions.endAll(op, id, 'revoked')),
  }
}

function showSession({ id, user, acr, device, startedAtMs, endsAtMs }: ListedSession, username: string | undefined): AdminSession {
  return { id, user, username, acr, device, startedAtMs, endsAtMs }
}
