/**
 * The admin API's ports, over the features. Every read shows what the feature
 * keeps; nothing is decided or remembered here.
 *
 * @module
 */

import type {
  AdminAudit,
  AdminClient,
  AdminClientChange,
  AdminClients,
  AdminEvent,
  AdminGroup,
  AdminGroups,
  AdminKeys,
  AdminPolicies,
  AdminSession,
  AdminSessions,
  AdminUser,
  AdminUsers,
  ClientImpact,
} from '#admin'
import type { Audit, EventPage } from '#audit'
import type { Group, Identity, User } from '#identity'
import type { Keys, PersonKeys } from '#keys'
import type { Operation, PolicyStoreName, UserId } from '#kernel'
import { readClientKeys, registrationVersion, type Client, type Clients, type GrantType, type Registration } from '#oauth'
import { readContent, type PolicyEngine } from '#policy'
import { checkPolicyFiles, type Rulebook } from '#rulebook'
import type { ListedSession, Sessions } from '#sessions'
import type { Store } from '#store'

export function adminUsers(identity: Identity): AdminUsers {
  return {
    list: async (op, request) => {
      const { items, next } = await identity.listUsers(op, request)
      return { items: items.map(showUser), next }
    },
    find: async (op, id) => {
      const user = await identity.findUser(op, id)
      return user && { item: showUser(user), version: user.version }
    },
    create: async (op, user) => identity.createUser(op, user),
    update: async (op, id, { username, name, email, state, password }, seen) =>
      void (await identity.changeUser(op, id, { username, name, email, state, password }, seen)),
    assignRole: async (op, id, role, seen) => void (await identity.assignRole(op, { to: id, role, seen })),
    withdrawRole: async (op, id, role, seen) => void (await identity.withdrawRole(op, { to: id, role, seen })),
    remove: async (op, id, seen) => identity.deleteUser(op, id, seen),
  }
}

function showUser({ id, username, name, email, state, roles, createdAtMs }: User): AdminUser {
  return { id, username, name, email, state, roles, createdAtMs }
}

export function adminGroups(identity: Identity): AdminGroups {
  return {
    list: async (op, request) => {
      const { items, next } = await identity.listGroups(op, request)
      return { items: items.map(showGroup), next }
    },
    find: async (op, id) => {
      const group = await identity.findGroup(op, id)
      return group && { item: showGroup(group), version: group.version }
    },
    create: async (op, name) => identity.createGroup(op, { name }),
    rename: async (op, id, name, seen) => identity.renameGroup(op, id, name, seen),
    remove: async (op, id, seen) => identity.deleteGroup(op, id, seen),
    listMembers: async (op, id, request) => {
      const { items, next } = await identity.listMembers(op, id, request)
      // Whoever was deleted since is a member no more.
      const users = await Promise.all(items.map(async (user) => identity.findUser(op, user)))
      return { items: users.filter((user) => user !== undefined).map(showUser), next }
    },
    addMember: async (op, group, user, seen) => void (await identity.addToGroup(op, { group, user, seen })),
    removeMember: async (op, group, user, seen) => void (await identity.removeFromGroup(op, { group, user, seen })),
    assignRole: async (op, id, role, seen) => void (await identity.assignRole(op, { to: id, role, seen })),
    withdrawRole: async (op, id, role, seen) => void (await identity.withdrawRole(op, { to: id, role, seen })),
  }
}

function showGroup({ id, name, roles, createdAtMs }: Group): AdminGroup {
  return { id, name, roles, createdAtMs }
}

/** `declaredBy` says of a client_id what it belongs to. */
export function adminClients(
  clients: Clients,
  identity: Identity,
  declaredBy: (clientId: string) => ClientImpact['declaredBy'],
): AdminClients {
  const show = async (op: Operation, client: Client): Promise<AdminClient> => {
    const { id, clientId, name, kind, redirectUris, postLogoutRedirectUris, grantTypes, scopes, audiences, firstParty } = client
    const { accessTokenSeconds, tokenEndpointAuthMethod: authentication, clientKeys: keys } = client
    return {
      id,
      clientId,
      name,
      kind,
      redirectUris,
      postLogoutRedirectUris,
      grantTypes,
      scopes,
      audiences,
      firstParty,
      accessTokenSeconds,
      authentication,
      ...(keys === undefined ? {} : { jwks: { keys } }),
      configured: ![undefined, 'route'].includes(declaredBy(clientId)),
      roles: await identity.rolesOf(op, id),
    }
  }
  return {
    list: async (op, request) => {
      const { items, next } = await clients.list(op, request)
      return { items: await Promise.all(items.map(async (client) => show(op, client))), next }
    },
    isRouted: ({ clientId }) => declaredBy(clientId) === 'route',
    find: async (op, id) => {
      const client = await clients.get(op, id)
      return client && { item: await show(op, client), version: registrationVersion(client) }
    },
    create: async (op, { clientId, name, kind, grantTypes, ...asked }) => {
      const registration = { name, kind, grantTypes: grantTypes as readonly GrantType[], ...changeOf(asked) }
      const { client, secret } = await clients.create(op, { clientId, ...registration })
      return { client: await show(op, client), secret: secret?.reveal() }
    },
    update: async (op, id, asked, seen) => void (await clients.update(op, id, changeOf(asked), seen)),
    listSecrets: async (op, id) => clients.listSecrets(op, id),
    addSecret: async (op, id) => {
      const { number, secret } = await clients.addSecret(op, id)
      return { number, secret: secret.reveal() }
    },
    removeSecret: async (op, id, number) => clients.removeSecret(op, id, number),
    assignRole: async (op, id, role) => void (await identity.assignRole(op, { to: id, role })),
    withdrawRole: async (op, id, role) => void (await identity.withdrawRole(op, { to: id, role })),
    remove: async (op, id, seen) => void (await clients.delete(op, id, seen)),
  }
}

/** Member by member: what else a body could hold is no part of a registration. */
function changeOf(asked: AdminClientChange): Partial<Registration> {
  const { name, redirectUris, postLogoutRedirectUris, grantTypes, scopes, audiences, accessTokenSeconds, jwks } = asked
  return {
    ...(name === undefined ? {} : { name }),
    ...(redirectUris === undefined ? {} : { redirectUris }),
    ...(postLogoutRedirectUris === undefined ? {} : { postLogoutRedirectUris }),
    ...(grantTypes === undefined ? {} : { grantTypes: grantTypes as readonly GrantType[] }),
    ...(scopes === undefined ? {} : { scopes }),
    ...(audiences === undefined ? {} : { audiences }),
    ...(accessTokenSeconds === undefined ? {} : { accessTokenSeconds }),
    ...(jwks === undefined ? {} : { clientKeys: readClientKeys(jwks.keys), tokenEndpointAuthMethod: 'private_key_jwt' as const }),
  }
}

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

export interface AdminAuditPorts {
  readonly audit: Audit
  readonly people: PersonKeys
  readonly store: Store
}

export function adminAudit({ audit, people, store }: AdminAuditPorts): AdminAudit {
  const show = async (op: Operation, items: EventPage['items']): Promise<readonly AdminEvent[]> => {
    const persons = [...new Set(items.flatMap(({ personal }) => personal?.person ?? []))]
    const keys = await store.read(op, async (db) => people.findAll(op, db, persons))
    return items.map(({ personal, actor, index, writer, number, atMs, request, what, about, outcome, facts, decision }) => {
      const inClear = personal && keys.get(personal.person)?.open(personal.sealed, `event.${what}`)
      const who = actor.id === undefined ? actor.is : `${actor.is} ${actor.id}`
      return { index, writer, number, atMs, request, actor: who, what, about, outcome, facts, decision, personal: inClear }
    })
  }
  return {
    list: async (op, request) => {
      const { items, next } = await audit.list(op, request)
      return { items: await show(op, items), next }
    },
    after: async (op, place, limit) => {
      const tail = await audit.follow(op, place, limit)
      return { items: await show(op, tail.items), place: tail.place }
    },
    checkpoint: async (op) => {
      // Whoever keeps a checkpoint means everything that has happened until now.
      await audit.settle(op)
      return audit.checkpoint(op)
    },
    verify: async (op, checkpoint) => {
      const { is, events, treeSize, findings } = await audit.verify(op, checkpoint === undefined ? {} : { checkpoint })
      return { ok: is === 'intact', events, treeSize, findings: findings.map(({ code, says }) => ({ code, says })) }
    },
  }
}

export function adminPolicies(rulebook: Rulebook, engine: PolicyEngine): AdminPolicies {
  const known = (store: string): PolicyStoreName | undefined => rulebook.find(store)?.store
  return {
    check: async (_op, store, files) => checkPolicyFiles(engine, store, files),
    reload: async (op) => {
      const { mistakes, stores } = await rulebook.reload(op)
      return { mistakes, stores: stores.map(({ store, digest }) => ({ store, digest })) }
    },
    list: async (op) =>
      (await rulebook.describe(op)).map(({ store, keeper, folderOnly, active }) => {
        const { digest, activatedAtMs, activatedBy } = active
        return { store, keeper, folderOnly, digest, activatedAtMs, activatedBy }
      }),
    versions: async (op, name) => {
      const store = known(name)
      return store && rulebook.versions(op, store)
    },
    files: async (op, name, digest) => {
      const store = known(name)
      const content = store && (await rulebook.content(op, store, digest))
      const source = content === undefined ? undefined : readContent(content)
      return source && [source.schema, source.words, ...source.policies]
    },
    activate: async (op, store, files, seen) => rulebook.activate(op, store, { files }, seen),
    rollBack: async (op, store, digest, seen) => rulebook.activate(op, store, { digest }, seen),
    release: async (op, store, seen) => rulebook.release(op, store, seen),
  }
}

export function adminKeys(keys: Keys): AdminKeys {
  return {
    list: async (op) => keys.list(op),
    rotate: async (op, name) => {
      const purpose = (await keys.list(op)).find((key) => key.purpose === name)?.purpose
      if (purpose === undefined) return false
      await keys.rotate(op, purpose)
      return true
    },
  }
}
