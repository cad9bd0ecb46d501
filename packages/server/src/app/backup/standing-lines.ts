/**
 * Lines of the file of keys that say what everybody may still do.
 *
 * @module
 */

import { listGroupStandings, listUserStandings, standingsOf, type UserStanding } from '#identity'
import { base64url, readBase64url, readId, type ClientId, type GroupId, type Operation, type UserId } from '#kernel'
import { listClientStandings } from '#oauth'
import type { ReadingStore } from '#store'

export interface GroupLine {
  readonly is: 'group'
  readonly id: GroupId
  readonly roles: readonly string[]
}

export interface ClientLine {
  readonly is: 'client'
  readonly id: ClientId
  readonly roles: readonly string[]
  readonly secrets: readonly Uint8Array[]
}

export type StandingLine = UserStanding | GroupLine | ClientLine

const pageSize = 500

/** One line each: groups, clients, then people. */
export async function* standingLines(op: Operation, store: ReadingStore): AsyncGenerator<string> {
  const { groups, clients, holders } = await store.read(op, async (db) => {
    const clients = await listClientStandings(db, op)
    const ids = clients.map(({ id }) => id)
    return { groups: await listGroupStandings(db, op), clients, holders: await standingsOf(db, op, 'client', ids) }
  })
  for (const { id, roles } of groups) yield JSON.stringify(['group', id, roles])
  for (const [at, { id, secrets }] of clients.entries())
    yield JSON.stringify(['client', id, holders[at]?.roles ?? [], secrets.map(base64url)])
  let after: UserId | undefined
  do {
    const page = await store.read(op, async (db) => listUserStandings(db, op, after, pageSize))
    for (const { id, state, generation, password, roles, groups: own } of page)
      yield JSON.stringify(['user', id, state, generation, password?.phc ?? null, password?.setAtMs ?? null, roles, own])
    after = page.length === pageSize ? page.at(-1)?.id : undefined
  } while (after !== undefined)
}

/** Undefined when the line is none of these. */
export function readStandingLine(text: string): StandingLine | undefined {
  const [is, id, ...rest] = readArray(text)
  if (typeof id !== 'string') return undefined
  if (is === 'group') return readGroup(readId('grp', id), rest)
  if (is === 'client') return readClient(readId('cli', id), rest)
  return is === 'user' ? readUser(readId('usr', id), rest) : undefined
}

function readGroup(id: GroupId | undefined, [roles]: readonly unknown[]): GroupLine | undefined {
  return id === undefined || !isTexts(roles) ? undefined : { is: 'group', id, roles }
}

function readClient(id: ClientId | undefined, [roles, hashes]: readonly unknown[]): ClientLine | undefined {
  if (id === undefined || !isTexts(roles) || !isTexts(hashes)) return undefined
  const secrets = hashes.map(readBase64url).filter((hash) => hash !== undefined)
  return secrets.length === hashes.length ? { is: 'client', id, roles, secrets } : undefined
}

function readUser(id: UserId | undefined, fields: readonly unknown[]): UserStanding | undefined {
  const [state, generation, phc, setAtMs, roles, groups] = fields
  if (id === undefined || (state !== 'active' && state !== 'disabled') || typeof generation !== 'number') return undefined
  if (!isTexts(roles) || !isTexts(groups) || !Number.isSafeInteger(generation)) return undefined
  const password = typeof phc === 'string' && typeof setAtMs === 'number' ? { phc, setAtMs } : undefined
  return { is: 'user', id, state, generation, password, roles, groups }
}

function readArray(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? (value as readonly unknown[]) : []
  } catch {
    return []
  }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === 'string')
}
