/**
 * An event as it is kept: version 1, JSON in UTF-8, members in the order below.
 *
 * INVARIANT (what is stored is what was hashed): an event is encoded once, when
 * it commits. Nothing ever encodes it again, so a later release that would
 * write it otherwise still verifies it.
 *
 * @module
 */

import {
  base64url,
  readBase64url,
  type Actor,
  type AuditEvent,
  type DecisionRecord,
  type Operation,
  type UserId,
  type WriterId,
} from '#kernel'

const version = 1

/** Far above what any event needs: the largest part is a client_id of 2 KiB. An event beyond it is a mistake in the code that recorded it. */
const maxContentLength = 65_536

/** What an event takes from its operation. */
export type EventOrigin = Pick<Operation, 'id' | 'tenant' | 'actor' | 'nowMs'>

/** Who did it, as the record keeps it: ids alone, never names. */
export interface RecordedActor {
  readonly is: 'user' | 'service' | 'machine-owner' | 'system' | 'nobody'
  /** The id of the user or client, or the name of the task. */
  readonly id?: string
  readonly client?: string
  readonly session?: string
  /** The access token at hand, by its `jti`. */
  readonly token?: string
}

/** An event as it was read back from the log. */
export interface RecordedEvent {
  readonly tenant: string
  readonly writer: string
  /** Counts from 1 within the writer, without gaps. */
  readonly number: number
  /** When the operation began. */
  readonly atMs: number
  readonly request: string
  readonly actor: RecordedActor
  readonly what: string
  readonly about: string
  readonly outcome: AuditEvent['outcome']
  readonly facts?: Readonly<Record<string, string | number | boolean>>
  readonly decision?: DecisionRecord
  readonly personal?: { readonly person: UserId; readonly sealed: Uint8Array }
}

/** The bytes of an event, as text. Throws a RangeError for an event that is larger than any event may be. */
export function encodeEvent(op: EventOrigin, writer: WriterId, number: number, event: AuditEvent): string {
  const { decision, personal } = event
  const content = JSON.stringify({
    version,
    tenant: op.tenant,
    writer,
    number,
    atMs: op.nowMs,
    request: op.id,
    actor: encodeActor(op.actor),
    what: event.what,
    about: event.about,
    outcome: event.outcome,
    facts: event.facts,
    decision: decision && {
      store: decision.store,
      digest: decision.digest,
      action: decision.action,
      effect: decision.effect,
      policies: decision.policies,
      resource: decision.resource,
    },
    personal: personal && { person: personal.person, sealed: base64url(personal.sealed) },
  })
  if (content.length > maxContentLength) throw new RangeError(`the event ${event.what} is larger than any event may be`)
  return content
}

// oxlint-disable-next-line typescript/consistent-return -- the switch is complete; the compiler says when it no longer is
function encodeActor(actor: Actor): RecordedActor {
  switch (actor.is) {
    case 'user':
      return {
        is: 'user',
        id: actor.id,
        ...(actor.client !== undefined && { client: actor.client }),
        ...(actor.session !== undefined && { session: actor.session }),
        ...(actor.credential.token !== undefined && { token: actor.credential.token }),
      }
    case 'service':
      return {
        is: 'service',
        id: actor.id,
        client: actor.client,
        ...(actor.credential.token !== undefined && { token: actor.credential.token }),
      }
    case 'machine-owner':
      return { is: 'machine-owner', id: actor.id }
    case 'system':
      return { is: 'system', id: actor.task }
    case 'nobody':
      return { is: 'nobody' }
  }
}

/** Reads an event back. Undefined when it is not one: somebody wrote to the table, or a newer release did. */
export function readEvent(content: string): RecordedEvent | undefined {
  const value = readJson(content)
  if (value === undefined || value['version'] !== version) return undefined
  const { tenant, writer, number, atMs, request, what, about, outcome, actor, facts, decision, personal } = value
  if (![tenant, writer, request, what, about, outcome].every((text) => typeof text === 'string')) return undefined
  if (!Number.isSafeInteger(number) || !Number.isSafeInteger(atMs)) return undefined
  if (!isRecord(actor) || (facts !== undefined && !isRecord(facts)) || (decision !== undefined && !isRecord(decision))) return undefined
  const sealed = readPersonal(personal)
  if (personal !== undefined && sealed === undefined) return undefined
  return {
    tenant,
    writer,
    number,
    atMs,
    request,
    actor,
    what,
    about,
    outcome,
    ...(facts !== undefined && { facts }),
    ...(decision !== undefined && { decision }),
    ...(sealed !== undefined && { personal: sealed }),
  } as unknown as RecordedEvent
}

/** Whether the columns beside an event's content say what the content says. */
export function isAsItsRowSays(
  event: RecordedEvent,
  tenant: string,
  row: { readonly writer: string; readonly number: number; readonly at_ms: number },
): boolean {
  return event.tenant === tenant && event.writer === row.writer && event.number === row.number && event.atMs === row.at_ms
}

function readPersonal(value: unknown): RecordedEvent['personal'] {
  if (!isRecord(value)) return undefined
  const { person, sealed } = value
  const bytes = typeof sealed === 'string' ? readBase64url(sealed) : undefined
  return typeof person === 'string' && bytes !== undefined ? { person: person as UserId, sealed: bytes } : undefined
}

function readJson(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
