/**
 * Registered clients: made, changed, found, deleted.
 *
 * Every change commits with its event and with a revocation, so that no server
 * goes on believing the old registration: `client` where something was taken
 * away and what was given out before must die, `entity` where caches need only
 * read again.
 *
 * @module
 */

import {
  newId,
  readClientIdentifier,
  readCursor,
  Refusal,
  writeCursor,
  type ClientId,
  type ClientIdentifier,
  type Operation,
  type Secret,
} from '#kernel'
import { idTokenPurposes, type Keys } from '#keys'
import type { Reader, Store, Transaction } from '#store'
import type { Tokens } from '#tokens'
import { deleteConsentsOf } from '../consents/store.ts'
import { ClientCache } from './cache.ts'
import type { Client, ClientSecret, KnownClient, Registration } from './client.ts'
import { absentMetadata, type MetadataChange } from './metadata.ts'
import {
  changedRegistration,
  checkRegistration,
  completeRegistration,
  hasSecret,
  refuse,
  secretKind,
  takesAway,
  type NewRegistration,
  type RegistrationChange,
} from './registration.ts'
import { checkChosenSecret, hashClientSecret, matchingSecret, newClientSecret, sealClientSecret } from './secret.ts'
import {
  deleteClient,
  deleteSecret,
  findByClientId,
  findById,
  insertClient,
  insertSecret,
  listBeginningWith,
  listClients,
  nextSecretNumber,
  registrationVersion,
  updateClient,
} from './store.ts'

export interface NewClient extends NewRegistration {
  /** The id that we make when absent. */
  readonly clientId?: string | undefined
  /** A confidential client's secret, where its operator brings one; otherwise it is made. */
  readonly secret?: Secret<string> | undefined
}

/** Changes resolve when they are durable and announced. */
export interface Clients {
  /** The secret of a confidential client is in this answer and nowhere else. Throws `client.exists`, `client.invalid_…`. */
  create(op: Operation, client: NewClient): Promise<{ readonly client: Client; readonly secret: Secret<string> | undefined }>
  /** `seen` is the version that the change is made to. Throws `client.unknown`, `client.changed`, `client.invalid_…`. */
  update(op: Operation, id: ClientId, change: RegistrationChange, seen?: string): Promise<Client>
  /** Its secrets, without what they are: which there are and since when. Throws `client.unknown`. */
  listSecrets(op: Operation, id: ClientId): Promise<readonly { readonly number: number; readonly createdAtMs: number }[]>
  /** Creates the client or changes it to match. For clients in the configuration file; silent when nothing differs. */
  ensure(op: Operation, client: NewClient & { readonly clientId: string }): Promise<Client>
  /**
   * Makes a first-party client or changes it to match, in a transaction of whoever it belongs to, who announces it afterwards.
   * Throws `client.exists` for a client that is not first-party: nobody's own client becomes one that people are not asked about.
   */
  putFirstParty(tx: Transaction, op: Operation, client: NewRegistration & { readonly clientId: string }): Promise<void>
  /** Deletes it in the same way, and ends its tokens. */
  removeFirstParty(tx: Transaction, op: Operation, clientId: string): Promise<void>
  /** Every `client_id` of a first-party client that begins so, as a reader sees them. */
  firstPartyBeginningWith(db: Reader, op: Operation, beginning: string): Promise<readonly string[]>
  get(op: Operation, id: ClientId): Promise<Client | undefined>
  /** From memory where it is fresh. */
  find(op: Operation, clientId: ClientIdentifier): Promise<KnownClient | undefined>
  list(
    op: Operation,
    page: { readonly cursor?: string | undefined; readonly limit: number },
  ): Promise<{ readonly items: readonly Client[]; readonly next?: string | undefined }>
  /** Ends its tokens and takes its roles too. `seen` is the version that is to be deleted. False when it was gone already. Throws `client.changed`. */
  delete(op: Operation, id: ClientId, seen?: string): Promise<boolean>
  /** A second secret beside the first, so that it can be changed without an outage. Throws `client.too_many_secrets`. */
  addSecret(op: Operation, id: ClientId, chosen?: Secret<string>): Promise<{ readonly number: number; readonly secret: Secret<string> }>
  /** Ends the client's tokens too: whoever knew the secret may hold some. False when it was gone already. */
  removeSecret(op: Operation, id: ClientId, number: number): Promise<boolean>
}

export interface ClientsPorts {
  readonly store: Store
  readonly keys: Keys
  readonly tokens: Pick<Tokens, 'revocations' | 'longestAccessTokenSeconds'>
  /** How long access tokens live where a registration does not say. */
  readonly accessTokenSeconds?: number | undefined
  /** Takes the roles of a client that goes, in the same write: one that is gone must not count as somebody who holds one. */
  readonly withdrawRoles: (tx: Transaction, op: Operation, id: ClientId) => Promise<unknown>
}

const mostSecrets = 2

export function createClients({ store, keys, tokens, withdrawRoles, accessTokenSeconds }: ClientsPorts): Clients {
  const usual = accessTokenSeconds === undefined ? {} : { accessTokenSeconds }
  const complete = (given: NewRegistration): Registration => completeRegistration({ ...usual, ...given }, tokens.longestAccessTokenSeconds)

  const { revocations } = tokens
  const cache = new ClientCache()
  revocations.subscribe(cache)

  const find: Clients['find'] = async (op, clientId) => {
    const read = async (): Promise<KnownClient | undefined> => store.read(op, async (db) => findByClientId(db, op.tenant, clientId))
    if (!revocations.isFresh()) return read()
    return cache.find(op.tenant, clientId) ?? cache.load(op.tenant, clientId, read)
  }

  const requireKnown = async (tx: Transaction, op: Operation, id: ClientId): Promise<KnownClient> => {
    const known = await findById(tx, op.tenant, id)
    if (known === undefined) throw refuse('client.unknown')
    return known
  }

  const insert = async (tx: Transaction, op: Operation, client: Client): Promise<void> => {
    if (!(await insertClient(tx, op.tenant, client))) throw refuse('client.exists')
    const { id, kind, firstParty } = client
    tx.record({ what: 'client.created', about: id, outcome: 'done', facts: { kind, firstParty, ...weakness(client) } })
  }

  const replace = async (
    tx: Transaction,
    op: Operation,
    { client: before, secrets }: KnownClient,
    change: RegistrationChange,
  ): Promise<Client> => {
    const { id, clientId, createdAtMs } = before
    const after: Client = { ...changedRegistration(before, change), id, clientId, createdAtMs }
    checkRegistration(after, tokens.longestAccessTokenSeconds)
    await updateClient(tx, op.tenant, id, after)
    // A secret of another method is none any more, and does not become one again when the method comes back.
    if (secretKind(before) !== secretKind(after)) await forgetSecrets(tx, op, id, secrets)
    const ends = takesAway(before, after)
    tx.record({ what: 'client.changed', about: id, outcome: 'done', facts: { endsTokens: ends, ...weakness(after) } })
    await revocations.revoke(tx, op, { kind: ends ? 'client' : 'entity', id })
    return after
  }

  const forgetSecrets = async (tx: Transaction, op: Operation, id: ClientId, secrets: readonly ClientSecret[]): Promise<void> => {
    for (const { number } of secrets) {
      await deleteSecret(tx, op.tenant, id, number)
      tx.record({ what: 'client.secret_removed', about: id, outcome: 'done', facts: { number } })
    }
  }

  const remove = async (tx: Transaction, op: Operation, id: ClientId): Promise<boolean> => {
    if (!(await deleteClient(tx, op.tenant, id))) return false
    await deleteConsentsOf(tx, op.tenant, id)
    await withdrawRoles(tx, op, id)
    tx.record({ what: 'client.deleted', about: id, outcome: 'done' })
    await revocations.revoke(tx, op, { kind: 'client', id })
    return true
  }

  /** Before the write, which knows of the client whether both are kept. */
  const keptForms = async (op: Operation, id: ClientId, secret: Secret<string>): Promise<KeptSecret> => ({
    hash: await hashClientSecret(op, keys, id, secret.reveal()),
    sealed: await sealClientSecret(op, keys, id, secret),
  })

  /** Before the write: whoever reads the registration finds the keys published. */
  const prepareKeys = async (op: Operation, given: MetadataChange): Promise<void> => {
    for (const algorithm of [given.idTokenSignedResponseAlg, given.userinfoSignedResponseAlg, given.authorizationSignedResponseAlg]) {
      if (algorithm !== undefined && algorithm !== null) await keys.prepare(op, idTokenPurposes[algorithm])
    }
  }

  const create: Clients['create'] = async (op, { clientId, secret: chosen, ...given }) => {
    const id = newId('cli')
    const registration = complete(given)
    const name = readClientIdentifier(clientId ?? id)
    if (name === undefined || (chosen !== undefined && !hasSecret(registration))) throw refuse('client.invalid_metadata')
    if (chosen !== undefined) checkChosenSecret(chosen)
    const secret = hasSecret(registration) ? (chosen ?? newClientSecret()) : undefined
    const kept = secret === undefined ? undefined : await keptForms(op, id, secret)
    const client: Client = { ...registration, id, clientId: name, createdAtMs: op.nowMs }
    await prepareKeys(op, registration)
    await store.write(op, async (tx) => {
      await insert(tx, op, client)
      if (kept !== undefined) await insertSecret(tx, op.tenant, id, { number: 1, ...asKept(client, kept), createdAtMs: op.nowMs })
    })
    return { client, secret }
  }

  const update: Clients['update'] = async (op, id, change, seen) => {
    await prepareKeys(op, change)
    const client = await store.write(op, async (tx) => {
      const known = await requireKnown(tx, op, id)
      if (seen !== undefined && seen !== registrationVersion(known.client)) throw refuse('client.changed')
      return replace(tx, op, known, change)
    })
    await revocations.announce(op)
    return client
  }

  const addSecret: Clients['addSecret'] = async (op, id, chosen) => {
    if (chosen !== undefined) checkChosenSecret(chosen)
    const secret = chosen ?? newClientSecret()
    const kept = await keptForms(op, id, secret)
    const number = await store.write(op, async (tx) => {
      const known = await requireKnown(tx, op, id)
      const { client, secrets } = known
      if (!hasSecret(client)) throw refuse('client.invalid_metadata', 'it has no secrets')
      if (secrets.length >= mostSecrets) throw refuse('client.too_many_secrets')
      const next = await nextSecretNumber(tx, op.tenant, known)
      await insertSecret(tx, op.tenant, id, { number: next, ...asKept(client, kept), createdAtMs: op.nowMs })
      tx.record({ what: 'client.secret_added', about: id, outcome: 'done', facts: { number: next } })
      await revocations.revoke(tx, op, { kind: 'entity', id })
      return next
    })
    await revocations.announce(op)
    return { number, secret }
  }

  const removeSecret: Clients['removeSecret'] = async (op, id, number) => {
    const removed = await store.write(op, async (tx) => {
      if (!(await deleteSecret(tx, op.tenant, id, number))) return false
      tx.record({ what: 'client.secret_removed', about: id, outcome: 'done', facts: { number } })
      await revocations.revoke(tx, op, { kind: 'client', id })
      return true
    })
    await revocations.announce(op)
    return removed
  }

  const ensureSecret = async (op: Operation, { client, secrets }: KnownClient, secret: Secret<string> | undefined): Promise<void> => {
    if (secret === undefined) return
    if (matchingSecret(secrets, await hashClientSecret(op, keys, client.id, secret.reveal())) !== undefined) return
    const [oldest] = secrets
    if (secrets.length >= mostSecrets && oldest !== undefined) await removeSecret(op, client.id, oldest.number)
    await addSecret(op, client.id, secret)
  }

  /** Undefined when another server that is starting made the client first. */
  const createFirst = async (op: Operation, client: NewClient): Promise<Client | undefined> => {
    try {
      return (await create(op, client)).client
    } catch (error) {
      if (error instanceof Refusal && error.code === 'client.exists') return undefined
      throw error
    }
  }

  return {
    create,
    update,
    find,
    addSecret,
    removeSecret,
    ensure: async (op, { clientId, secret, ...given }) => {
      const name = readClientIdentifier(clientId)
      const there = async (): Promise<KnownClient | undefined> =>
        name === undefined ? undefined : store.read(op, async (db) => findByClientId(db, op.tenant, name))
      const before = await there()
      const made = before === undefined ? await createFirst(op, { clientId, secret, ...given }) : undefined
      if (made !== undefined) return made
      const known = before ?? (await there())
      if (known === undefined) throw refuse('client.unknown', 'deleted while it was being made')
      const wanted = complete({ ...absentMetadata, clientKeys: undefined, ...given })
      if (isSame(known.client, wanted)) {
        await ensureSecret(op, known, secret)
        return known.client
      }
      // First the method, so that the secret is one of it.
      const client = await update(op, known.client.id, { ...wanted, clientKeys: wanted.clientKeys ?? null })
      await ensureSecret(op, (await there()) ?? known, secret)
      return client
    },
    listSecrets: async (op, id) => {
      const known = await store.read(op, async (db) => findById(db, op.tenant, id))
      if (known === undefined) throw refuse('client.unknown')
      return known.secrets.map(({ number, createdAtMs }) => ({ number, createdAtMs }))
    },
    get: async (op, id) => (await store.read(op, async (db) => findById(db, op.tenant, id)))?.client,
    list: async (op, { cursor, limit }) => {
      const after = cursor === undefined ? undefined : readCursor('cli', cursor)
      const items = await store.read(op, async (db) => listClients(db, op.tenant, after, limit))
      const last = items.at(-1)
      return items.length < limit || last === undefined ? { items } : { items, next: writeCursor({ atMs: last.createdAtMs, id: last.id }) }
    },
    putFirstParty: async (tx, op, { clientId, ...given }) => {
      const name = requireIdentifier(clientId)
      const registration = complete({ ...given, firstParty: true })
      const known = await findByClientId(tx, op.tenant, name)
      if (known === undefined) return insert(tx, op, { ...registration, id: newId('cli'), clientId: name, createdAtMs: op.nowMs })
      if (!known.client.firstParty) throw refuse('client.exists')
      if (!isSame(known.client, registration)) await replace(tx, op, known, registration)
    },
    removeFirstParty: async (tx, op, clientId) => {
      const known = await findByClientId(tx, op.tenant, requireIdentifier(clientId))
      if (known?.client.firstParty === true) await remove(tx, op, known.client.id)
    },
    firstPartyBeginningWith: async (db, op, beginning) =>
      (await listBeginningWith(db, op.tenant, beginning)).flatMap(({ clientId, firstParty }) => (firstParty ? [clientId] : [])),
    delete: async (op, id, seen) => {
      const deleted = await store.write(op, async (tx) => {
        // A registration that cannot be read can be deleted by whoever did not ask for its version.
        const known = seen === undefined ? undefined : await findById(tx, op.tenant, id)
        if (known !== undefined && seen !== registrationVersion(known.client)) throw refuse('client.changed')
        return remove(tx, op, id)
      })
      await revocations.announce(op)
      return deleted
    },
  }
}

interface KeptSecret {
  readonly hash: Uint8Array
  readonly sealed: Uint8Array
}

function asKept(client: Client, { hash, sealed }: KeptSecret): Pick<ClientSecret, 'hash' | 'sealed'> {
  return { hash, sealed: secretKind(client) === 'sealed' ? sealed : null }
}

function requireIdentifier(text: string): ClientIdentifier {
  const name = readClientIdentifier(text)
  if (name === undefined) throw refuse('client.invalid_metadata', 'client_id')
  return name
}

function isSame(client: Client, wanted: Registration): boolean {
  return Object.entries(wanted).every(([name, value]) => JSON.stringify(client[name as keyof Registration]) === JSON.stringify(value))
}

/** What a registration gave up, for the record. */
function weakness({ unsafelyWithoutPkce }: Registration): { readonly unsafelyWithoutPkce?: true } {
  return unsafelyWithoutPkce ? { unsafelyWithoutPkce } : {}
}
