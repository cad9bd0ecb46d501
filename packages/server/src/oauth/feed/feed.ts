/**
 * The feed of revocations, for resource servers that verify access tokens
 * themselves. A verifier asks what is new after the last number that it has put
 * into effect; the answer comes when there is something, and after a moment when
 * there is nothing, so that it knows how fresh its memory is. Asking for what
 * comes after a number says that this number is in effect: whoever revokes
 * waits for that, as it waits for the gateway, a second at most.
 *
 * Whoever asks serves a resource (`introspects`). Ids are told, and no more.
 *
 * @module
 */

import { Type, type TSchema } from 'typebox'
import type { Answer, RouteInput } from '#http'
import { refusals, systemClock, type Operation, type Refuse } from '#kernel'
import { maxAssertionChars } from '#keys'
import type { Tokens } from '#tokens'
import { authenticateClient, type ClientAuthPorts } from '../token/authenticate-client.ts'
import { newSubscription, readSubscription, type Subscription } from './subscription.ts'
import { concernsCredentials, Verifier, type News } from './verifier.ts'

export const feedSays = {
  'feed.not_served': 'Only a client that serves a resource may follow revocations.',
  'feed.subscription': 'The subscription is over or was never ours. Subscribe again.',
  'feed.not_ready': 'What is revoked is not known here at this moment.',
  'feed.full': 'There are too many verifiers.',
} as const

export type FeedRefusalCode = keyof typeof feedSays

const refuse: Refuse<FeedRefusalCode> = refusals(feedSays)

const text = (most: number) => Type.Optional(Type.String({ maxLength: most }))

/** Either `subscription` and `after`, or what the client proves itself by. */
export const feedSchema: TSchema = Type.Object(
  {
    subscription: text(2048),
    after: Type.Optional(Type.String({ pattern: '^(0|[1-9][0-9]{0,14})$' })),
    client_id: text(2048),
    client_secret: text(1024),
    client_assertion: text(maxAssertionChars),
    client_assertion_type: text(128),
  },
  { additionalProperties: true },
)

export type FeedPorts = ClientAuthPorts & { readonly tokens: Pick<Tokens, 'revocations'> }

/** `reset`: forget everything and ask from nought. `more`: this is not all that there is. */
interface Answered extends News {
  readonly reset: boolean
  readonly more: boolean
}

/** With what it may be old already, still within the second that memory is believed. */
const waitMs = 400

/** 80 KB of answer. */
const mostInAnswer = 1_000

/** A fleet of servers for each of many APIs, and no API alone. */
const mostVerifiers = 2_000
const mostOfOneClient = 100

/** `POST /revocations`: `subscription`, or `sequence`, `entries` and how old that is. */
export class RevocationFollowers {
  readonly #ports: FeedPorts
  readonly #verifiers = new Map<string, { readonly verifier: Verifier; readonly client: string; readonly unsubscribe: () => void }>()

  constructor(ports: FeedPorts) {
    this.#ports = ports
  }

  async answer(op: Operation, input: RouteInput): Promise<Answer> {
    const { subscription, after } = input.body as Readonly<Record<string, string | undefined>>
    return subscription === undefined ? this.#subscribe(op, input) : this.#follow(op, subscription, Number(after ?? 0))
  }

  async #subscribe(op: Operation, input: RouteInput): Promise<Answer> {
    const { keys, tokens } = this.#ports
    const generation = await tokens.revocations.generation(op)
    const { op: asker, client } = await authenticateClient(op, input, this.#ports)
    if (client.kind === 'public' || (client.introspects ?? []).length === 0) throw refuse('feed.not_served')
    return { status: 200, body: { json: { subscription: await newSubscription(asker, keys, client.clientId, generation) } } }
  }

  async #follow(op: Operation, text: string, after: number): Promise<Answer> {
    const beganMs = systemClock.monotonicMs()
    const subscription = await this.#requireStanding(op, text)
    const news = await this.#next(subscription, after)
    const ageMs = this.#ports.tokens.revocations.ageMs()
    if (ageMs === undefined) throw refuse('feed.not_ready')
    const waitedMs = systemClock.monotonicMs() - beganMs
    const json = {
      sequence: news.sequence,
      // How long to remember it, which no clock of the verifier has a say in.
      entries: news.entries.map(({ sequence, kind, id, untilMs }) => ({
        sequence,
        kind,
        id,
        seconds: Math.ceil((untilMs - op.nowMs) / 1000),
      })),
      reset: news.reset,
      more: news.more,
      // From the arrival of the request: what is told here holds everything that was revoked until then.
      known_ms: Math.floor(waitedMs - ageMs),
    }
    return { status: 200, body: { json } }
  }

  /** The subscription of a client that still serves something and has lost nothing since it proved itself. */
  async #requireStanding(op: Operation, text: string): Promise<Subscription> {
    const { clients, keys, tokens } = this.#ports
    const subscription = await readSubscription(op, keys, text)
    const client = subscription && (await clients.find(op, subscription.clientId))?.client
    if (subscription === undefined || client === undefined || (client.introspects ?? []).length === 0) throw refuse('feed.subscription')
    if (await tokens.revocations.isRevoked(op, { generation: subscription.generation, client: client.id }))
      throw refuse('feed.subscription')
    return subscription
  }

  async #next({ verifier: name, clientId }: Subscription, after: number): Promise<Answered> {
    const standing = this.#verifiers.get(name)?.verifier
    const news = standing?.knows(after) === true ? await standing.next(after, waitMs) : undefined
    if (news !== undefined) return { ...news, reset: false, more: false }
    if (standing !== undefined) this.#remove(name, standing)
    const { revocations } = this.#ports.tokens
    // Another server of the house may be ahead of this one.
    if (after > revocations.knownTo()) await revocations.catchUp()
    // Nothing is awaited from here until it is subscribed: nothing is missed between.
    const known = revocations.later(after, mostInAnswer)
    if (known === undefined) throw refuse('feed.not_ready')
    // A number that the database itself has not reached: it was put back, or is another one.
    if (after > known.sequence) return beginAnew
    const entries = known.entries.filter(concernsCredentials)
    if (known.sequence < revocations.knownTo()) return { sequence: known.sequence, entries, reset: false, more: true }
    const first = await this.#add(name, clientId, after, { sequence: known.sequence, entries }).next(after, waitMs)
    // Another request of the same verifier came between: nothing is vouched for, and it asks once more.
    return first === undefined ? { sequence: after, entries: [], reset: false, more: true } : { ...first, reset: false, more: false }
  }

  #add(name: string, client: string, after: number, news: News): Verifier {
    const mine = [...this.#verifiers.values()].filter((one) => one.client === client).length
    if (this.#verifiers.size >= mostVerifiers || mine >= mostOfOneClient) throw refuse('feed.full')
    const before = this.#verifiers.get(name)?.verifier
    if (before !== undefined) this.#remove(name, before)
    const verifier: Verifier = new Verifier(after, news, () => this.#remove(name, verifier))
    this.#verifiers.set(name, { verifier, client, unsubscribe: this.#ports.tokens.revocations.subscribe(verifier) })
    return verifier
  }

  /** The one that is meant: under its name there may be another by now. */
  #remove(name: string, verifier: Verifier): void {
    verifier.leave()
    const known = this.#verifiers.get(name)
    if (known?.verifier !== verifier) return
    this.#verifiers.delete(name)
    known.unsubscribe()
  }
}

const beginAnew: Answered = { sequence: 0, entries: [], reset: true, more: false }
