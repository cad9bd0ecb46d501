/** The admin API's view of what clients were given for people, over the features. @module */

import type { AdminConsent, AdminConsents, AdminToken, AdminTokens } from '#admin'
import type { Identity } from '#identity'
import type { ClientId, Operation, UserId } from '#kernel'
import type { Client, Clients, Consents, OAuth, RememberedConsent } from '#oauth'
import type { LiveFamily, Tokens } from '#tokens'

interface Namers {
  readonly clients: Pick<Clients, 'get'>
  readonly identity: Pick<Identity, 'findUser'>
}

/** Who an id belongs to, each looked up once for a page. */
function naming(op: Operation, { clients, identity }: Namers) {
  const users = new Map<UserId, Promise<string | undefined>>()
  const names = new Map<ClientId, Promise<Client['clientId'] | undefined>>()
  return {
    username: async (user: UserId): Promise<string | undefined> => {
      const known = users.get(user) ?? identity.findUser(op, user).then((found) => found?.username)
      users.set(user, known)
      return known
    },
    clientId: async (client: ClientId): Promise<Client['clientId'] | undefined> => {
      const known = names.get(client) ?? clients.get(op, client).then((found) => found?.clientId)
      names.set(client, known)
      return known
    },
  }
}

export interface AdminTokensPorts extends Namers {
  readonly tokens: Pick<Tokens, 'listFamilies' | 'findFamily' | 'endFamily' | 'endEveryFamily'>
  readonly oauth: Pick<OAuth, 'forgetCodes'>
}

export function adminTokens({ tokens, oauth, ...namers }: AdminTokensPorts): AdminTokens {
  const { clients, identity } = namers
  const show = async (family: LiveFamily, name: ReturnType<typeof naming>): Promise<AdminToken> => {
    const { id, client, user, session, scopes, audience, lives, startedAtMs, lastUsedAtMs, idleUntilMs, endsAtMs } = family
    const names = { clientId: await name.clientId(client), username: await name.username(user) }
    const times = { startedAtMs, lastUsedAtMs, idleUntilMs, endsAtMs }
    return { id, client, user, ...names, session, scopes, audience, offline: lives === 'offline', ...times }
  }
  return {
    list: async (op, request) => {
      const { items, next } = await tokens.listFamilies(op, request)
      const name = naming(op, namers)
      return { items: await Promise.all(items.map(async (family) => show(family, name))), next }
    },
    find: async (op, id) => {
      const family = await tokens.findFamily(op, id)
      return family && show(family, naming(op, namers))
    },
    end: async (op, id) => tokens.endFamily(op, id),
    endAllOfUser: async (op, user) => {
      if ((await identity.findUser(op, user)) === undefined) return undefined
      // Codes first: one that is on its way would begin an authorization of its own.
      await oauth.forgetCodes(op, { user })
      return tokens.endEveryFamily(op, { by: 'user', user })
    },
    endAllOfClient: async (op, client) => {
      if ((await clients.get(op, client)) === undefined) return undefined
      await oauth.forgetCodes(op, { client })
      return tokens.endEveryFamily(op, { by: 'client', client })
    },
  }
}

export interface AdminConsentsPorts extends Namers {
  readonly consents: Pick<Consents, 'list' | 'find' | 'withdrawById'>
}

export function adminConsents({ consents, ...namers }: AdminConsentsPorts): AdminConsents {
  const show = async (
    { id, client, user, scopes, claims, givenAtMs }: RememberedConsent,
    name: ReturnType<typeof naming>,
  ): Promise<AdminConsent> => {
    return { id, client, clientId: await name.clientId(client), user, username: await name.username(user), scopes, claims, givenAtMs }
  }
  return {
    list: async (op, request) => {
      const { items, next } = await consents.list(op, request)
      const name = naming(op, namers)
      return { items: await Promise.all(items.map(async (consent) => show(consent, name))), next }
    },
    find: async (op, id) => {
      const consent = await consents.find(op, id)
      return consent && show(consent, naming(op, namers))
    },
    withdraw: async (op, id) => consents.withdrawById(op, id),
  }
}
