/** Clients, as the admin API shows and changes them. @module */

import type { AdminClient, AdminClientChange, AdminClients, ClientImpact } from '#admin'
import type { Identity } from '#identity'
import type { Operation } from '#kernel'
import {
  askedMetadata,
  changedMetadata,
  metadataChangeOf,
  metadataOf,
  readClientKeys,
  registrationVersion,
  shownMetadata,
  type Client,
  type Clients,
  type GrantType,
  type MetadataChange,
  type NewRegistration,
  type RegistrationChange,
} from '#oauth'

/** `declaredBy` says of a client_id what it belongs to. */
export function adminClients(
  clients: Clients,
  identity: Identity,
  declaredBy: (clientId: string) => ClientImpact['declaredBy'],
): AdminClients {
  const show = async (op: Operation, client: Client): Promise<AdminClient> => {
    const { id, clientId, name, kind, redirectUris, postLogoutRedirectUris, grantTypes, scopes, audiences, firstParty } = client
    const { clientKeys: keys, introspects = [] } = client
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
      introspects,
      firstParty,
      ...metadataOf(client),
      ...(keys === undefined ? {} : { jwks: { keys } }),
      configured: ![undefined, 'route'].includes(declaredBy(clientId)),
      roles: await identity.rolesOf(op, id),
    }
  }
  return {
    metadata: { asked: askedMetadata, changed: changedMetadata, shown: shownMetadata },
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
      // Nothing is null in what the route lets pass for a new one.
      const said = changeOf(asked) as Partial<NewRegistration>
      const registration = { ...said, name, kind, grantTypes: grantTypes as readonly GrantType[] }
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
function changeOf(asked: AdminClientChange): RegistrationChange {
  const { name, redirectUris, postLogoutRedirectUris, grantTypes, scopes, audiences, introspects, jwks } = asked
  return {
    ...(name === undefined ? {} : { name }),
    ...(redirectUris === undefined ? {} : { redirectUris }),
    ...(postLogoutRedirectUris === undefined ? {} : { postLogoutRedirectUris }),
    ...(grantTypes === undefined ? {} : { grantTypes: grantTypes as readonly GrantType[] }),
    ...(scopes === undefined ? {} : { scopes }),
    ...(audiences === undefined ? {} : { audiences }),
    ...(introspects === undefined ? {} : { introspects }),
    // The route held them against the shapes that it was given.
    ...metadataChangeOf(asked as MetadataChange),
    ...(jwks === undefined ? {} : { clientKeys: jwks === null ? null : readClientKeys(jwks.keys) }),
  }
}
