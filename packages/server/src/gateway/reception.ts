/**
 * Where requests arrive from the listener, and where whatever became of them is
 * told and written down.
 *
 * @module
 */

import { ServerResponse, type IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { plainAddress, readTrace } from '#http'
import { newId, Refusal, Unavailable } from '#kernel'
import { send, tellOf, troubleAnswer, type OwnAnswer } from './answer.ts'
import type { Gatehouse } from './gatehouse.ts'
import type { CutReason } from './live.ts'
import { UpstreamTrouble } from './proxy/upstream.ts'
import { Denial, refuse } from './refusals.ts'
import { aboutOf, cut, decisionOf, endOf, eventOf, type Visit } from './visit.ts'

/** Connections with answers that are still due: how many. */
const owed = new WeakMap<Duplex, number>()

function owe(socket: Duplex, change: 1 | -1): void {
  owed.set(socket, (owed.get(socket) ?? 0) + change)
}

export type Walk = (house: Gatehouse, visit: Visit) => Promise<void>

/** A request or, with `upgrade`, a WebSocket's handshake. Never throws. */
export async function receive(
  house: Gatehouse,
  walk: Walk,
  request: IncomingMessage,
  response: ServerResponse,
  kind: { readonly waiting?: boolean; readonly upgrade?: Visit['upgrade'] } = {},
): Promise<void> {
  const { clock, log, watch: watcher } = house.ports
  const abort = new AbortController()
  const { waiting = false, upgrade } = kind
  // Never empty: also what is refused before anything was read, or on a connection that is gone already, is counted by it.
  const address = plainAddress(request.socket.remoteAddress ?? 'unknown')
  const id = newId('req')
  const known: Visit['known'] = { address }
  const watch = watcher?.visit({
    requestId: id,
    kind: upgrade === undefined ? 'request' : 'websocket',
    address: () => known.address,
    trace: readTrace(request, house.proxies),
  })
  const visit: Visit = { id, atMs: clock.wallMs(), request, response, waiting, upgrade, abort, watch, known }
  owe(request.socket, 1)
  response.once('close', () => owe(request.socket, -1))
  house.underWay.add(visit)
  // A client that went away in the middle of our answer; `close` follows.
  response.on('error', () => undefined)
  try {
    await walk(house, visit)
    if (abort.signal.aborted) await afterCut(house, visit)
  } catch (thrown) {
    await tell(house, visit, thrown).catch((error: unknown) => {
      log.error('a refusal could not be told', error, { requestId: visit.id })
      cut(visit, 'silent')
    })
  } finally {
    house.underWay.delete(visit)
    watch?.ended(endOf(visit))
  }
}

/** The same for the connection of a WebSocket, which has no response of its own yet. */
export async function receiveUpgrade(house: Gatehouse, walk: Walk, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
  socket.on('error', () => socket.destroy())
  // A handshake with a body: Node hands over something in front of the socket that reads the body first.
  if (!(socket instanceof Socket)) {
    socket.end(house.rawRefusal('request.unexpected_body'))
    return
  }
  // RFC 9112 section 9.3.2 has answers in their order, and after an upgrade there is no place left for those that are still due.
  if ((owed.get(socket) ?? 0) > 0) {
    socket.destroy()
    return
  }
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(socket)
  response.once('finish', () => socket.destroySoon())
  await receive(house, walk, request, response, { upgrade: { socket, head } })
}

/** Writes an answer of ours. */
export function answer({ security, secure, isClosing }: Gatehouse, { request, response, id, upgrade }: Visit, own: OwnAnswer): void {
  send(request, response, own, { security, secure, requestId: id, closing: isClosing || upgrade !== undefined })
}

async function afterCut(house: Gatehouse, visit: Visit): Promise<void> {
  const why = visit.abort.signal.reason as CutReason | 'closing'
  if (why === 'closing') return
  if (visit.response.headersSent || visit.upgrade?.socket.destroyed === true) {
    if (visit.known.view === undefined) return
    const event = eventOf(visit, { what: 'gateway.cut', about: aboutOf(visit), outcome: 'done', facts: { why } })
    // Nobody waits for it, and while the channel is silent it cannot be written.
    await house.records.durably(event).catch((error: unknown) => house.ports.log.error('a cut could not be recorded', error))
  } else await tell(house, visit, cutAnswers[why]())
}

/** What somebody is told who was not answered yet. */
const cutAnswers: Readonly<Record<CutReason, () => Error>> = {
  ended: () => refuse('gateway.session_ended'),
  unrouted: () => refuse('gateway.route_changed'),
  silent: () => new Unavailable('channel'),
}

/** A refusal to somebody we know is durable before it is answered; one to a stranger is counted. */
async function tell(house: Gatehouse, visit: Visit, thrown: unknown): Promise<void> {
  const { ports } = house
  const { id: requestId, request, known } = visit
  let told: unknown = thrown
  try {
    await record(house, visit, thrown)
  } catch (error) {
    // What cannot be recorded is not told either: the answer is that nothing can be decided.
    told = error
  }
  if (!(told instanceof Refusal)) {
    const facts = { requestId, about: aboutOf(visit), code: tellOf(told).code }
    if (told instanceof UpstreamTrouble) {
      known.failure = told.code
      ports.log.warn('an app did not answer', facts)
    } else ports.log.error('a request could not be answered', told, facts)
  }
  const who = known.view?.username ?? known.view?.name
  const trouble = { thrown: told, requestId, request, host: known.guarded?.host, path: known.target?.path, who }
  answer(house, visit, troubleAnswer(trouble, ports.renderPage))
}

async function record({ records }: Gatehouse, visit: Visit, thrown: unknown): Promise<void> {
  if (!(thrown instanceof Refusal)) return
  const { known, request } = visit
  if (known.view === undefined || thrown.code === 'limit.exceeded') {
    records.count(thrown.code, known.guarded?.host.origin ?? 'elsewhere', known.address)
    return
  }
  const decision = thrown instanceof Denial ? { decision: decisionOf(thrown.decision) } : {}
  const facts = { code: thrown.code, method: request.method ?? '' }
  await records.durably(eventOf(visit, { what: 'gateway.refused', about: aboutOf(visit), outcome: 'refused', facts, ...decision }))
}
