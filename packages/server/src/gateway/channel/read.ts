/**
 * Reads what the gateway asks for.
 *
 * The gateway's process reads hostile bytes all day, so the server believes its
 * shapes no more than a stranger's: undefined is answered by cutting the channel.
 * What a gateway that was taken over can record is limited to the gateway's own
 * events, short words and numbers.
 *
 * @module
 */

import {
  readClientIdentifier,
  readId,
  type AuditEvent,
  type ClientIdentifier,
  type DecisionRecord,
  type RequestId,
  type SessionId,
} from '#kernel'
import type { TraceHeaders } from '#http'
import { events } from '../events.ts'
import type { CodeExchange, EventActor, GatewayEvent, StrangerCount } from './contract.ts'

type Fields = Readonly<Record<string, unknown>>

/** More than a gateway has under way at once. */
export const mostEventsInBatch = 1_000
export const mostCountsInBatch = 1_000
const mostFacts = 16
/** Of one decision. */
export const mostPolicies = 64

/** An object, or undefined. */
export function readFields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined
}

/** Text of 1 to `longest` characters without control characters. */
export function readText(value: unknown, longest: number): string | undefined {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return typeof value === 'string' && value.length > 0 && value.length <= longest && !/[\u0000-\u001f\u007f]/.test(value)
    ? value
    : undefined
}

/** A whole number from 0 to 2^53. */
export function readCount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

export function readTexts(value: unknown, most: number, longest: number): readonly string[] | undefined {
  if (!Array.isArray(value) || value.length > most) return undefined
  const texts = value.map((text) => readText(text, longest))
  return texts.every((text) => text !== undefined) ? texts : undefined
}

export function readCodeExchange(value: unknown): CodeExchange | undefined {
  const fields = readFields(value)
  const requestId = readRequestId(fields?.['requestId'])
  const clientId = readText(fields?.['clientId'], 2048)
  const code = readText(fields?.['code'], 1024)
  const verifier = readText(fields?.['verifier'], 128)
  const redirectUri = readText(fields?.['redirectUri'], 2048)
  if (requestId === undefined || clientId === undefined || code === undefined || verifier === undefined || redirectUri === undefined) {
    return undefined
  }
  return { requestId, clientId, code, verifier, redirectUri }
}

export function readSessionAsk(value: unknown): { readonly id: SessionId; readonly purpose: 'use' | 'look' } | undefined {
  const fields = readFields(value)
  const id = readId('ses', String(fields?.['id']))
  const purpose = fields?.['purpose']
  return id !== undefined && (purpose === 'use' || purpose === 'look') ? { id, purpose } : undefined
}

export function readSessionEnd(value: unknown): { readonly requestId: RequestId; readonly id: SessionId } | undefined {
  const fields = readFields(value)
  const requestId = readRequestId(fields?.['requestId'])
  const id = readId('ses', String(fields?.['id']))
  return requestId !== undefined && id !== undefined ? { requestId, id } : undefined
}

/** All events of a batch, or undefined when any of them is none. */
export function readEvents(value: unknown): readonly GatewayEvent[] | undefined {
  if (!Array.isArray(value) || value.length > mostEventsInBatch) return undefined
  const batch = value.map(readEvent)
  return batch.every((event) => event !== undefined) ? batch : undefined
}

function readEvent(value: unknown): GatewayEvent | undefined {
  const fields = readFields(value)
  const requestId = readRequestId(fields?.['requestId'])
  const atMs = readCount(fields?.['atMs'])
  const event = readAuditEvent(fields?.['event'])
  if (requestId === undefined || atMs === undefined || event === undefined) return undefined
  if (fields?.['actor'] === undefined) return { requestId, atMs, event }
  const actor = readActor(fields['actor'])
  return actor === undefined ? undefined : { requestId, atMs, actor, event }
}

function readActor(value: unknown): EventActor | undefined {
  const fields = readFields(value)
  const user = readId('usr', String(fields?.['user']))
  const session = readId('ses', String(fields?.['session']))
  const acr = readText(fields?.['acr'], 64)
  const amr = readTexts(fields?.['amr'], 16, 64)
  const authTimeMs = readCount(fields?.['authTimeMs'])
  const client = readClient(fields?.['client'])
  if (user === undefined || session === undefined || acr === undefined || amr === undefined || authTimeMs === undefined) return undefined
  return { user, session, acr, amr, authTimeMs, ...(client === undefined ? {} : { client }) }
}

function readAuditEvent(value: unknown): AuditEvent | undefined {
  const fields = readFields(value)
  const what = readText(fields?.['what'], 64)
  const about = readText(fields?.['about'], 2048)
  const outcome = fields?.['outcome']
  const facts = fields?.['facts'] === undefined ? {} : readFacts(fields['facts'])
  const decision = fields?.['decision'] === undefined ? undefined : readDecision(fields['decision'])
  if (what === undefined || !Object.hasOwn(events, what) || about === undefined || facts === undefined) return undefined
  if (outcome !== 'done' && outcome !== 'allowed' && outcome !== 'refused') return undefined
  if (fields?.['decision'] !== undefined && decision === undefined) return undefined
  return { what: what as AuditEvent['what'], about, outcome, facts, ...(decision === undefined ? {} : { decision }) }
}

function readFacts(value: unknown): AuditEvent['facts'] | undefined {
  const fields = readFields(value)
  if (fields === undefined) return undefined
  const entries = Object.entries(fields)
  const good = entries.length <= mostFacts && entries.every(([name, fact]) => /^[a-zA-Z]{1,32}$/.test(name) && isFact(fact))
  return good ? (Object.fromEntries(entries) as AuditEvent['facts']) : undefined
}

function isFact(fact: unknown): boolean {
  return typeof fact === 'boolean' || (typeof fact === 'number' && Number.isFinite(fact)) || readText(fact, 256) !== undefined
}

function readDecision(value: unknown): DecisionRecord | undefined {
  const fields = readFields(value)
  const store = readText(fields?.['store'], 64)
  const digest = readText(fields?.['digest'], 64)
  const action = readText(fields?.['action'], 128)
  const policies = readTexts(fields?.['policies'], mostPolicies, 256)
  const effect = fields?.['effect']
  if (store === undefined || digest === undefined || action === undefined || policies === undefined) return undefined
  return effect === 'allow' || effect === 'deny' ? { store, digest, action, policies, effect } : undefined
}

export function readCounts(value: unknown): readonly StrangerCount[] | undefined {
  if (!Array.isArray(value) || value.length > mostCountsInBatch) return undefined
  const counts = value.map((entry) => {
    const fields = readFields(entry)
    const code = readText(fields?.['code'], 64)
    const about = readText(fields?.['about'], 512)
    const address = readText(fields?.['address'], 64)
    const count = readCount(fields?.['count'])
    return code === undefined || about === undefined || address === undefined || count === undefined
      ? undefined
      : { code, about, address, count }
  })
  return counts.every((count) => count !== undefined) ? counts : undefined
}

/** What a question is asked on behalf of. It names nothing and decides nothing, so what cannot be read is left out. */
export function readTrace(value: unknown): TraceHeaders | undefined {
  const fields = readFields(value)
  const traceparent = readText(fields?.['traceparent'], 128)
  return traceparent === undefined ? undefined : { traceparent, tracestate: readText(fields?.['tracestate'], 512) }
}

function readRequestId(value: unknown): RequestId | undefined {
  return typeof value === 'string' ? readId('req', value) : undefined
}

function readClient(value: unknown): ClientIdentifier | undefined {
  return typeof value === 'string' ? readClientIdentifier(value) : undefined
}
