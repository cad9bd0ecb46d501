/**
 * What the gateway answers itself on every host, below `/.countersign/`.
 *
 * @module
 */

import { readCookies } from '#http'
import { Refusal } from '#kernel'
import { redirectTo, type OwnAnswer } from './answer.ts'
import { ownPrefix } from './config.ts'
import type { Gatehouse } from './gatehouse.ts'
import type { GuardedHost } from './hosts.ts'
import { refuse } from './refusals.ts'
import { checkSite } from './request/site.ts'
import type { Target } from './request/target.ts'
import { openSession, sessionCookie } from './session/cookies.ts'
import { completeSignIn } from './session/sign-in.ts'
import { eventOf, type Visit } from './visit.ts'

export function isOwn({ routed }: Target): boolean {
  return `${routed}/`.startsWith(ownPrefix)
}

export async function answerOwn(house: Gatehouse, visit: Visit, guarded: GuardedHost, target: Target): Promise<OwnAnswer> {
  const method = visit.request.method === 'HEAD' ? 'GET' : visit.request.method
  if (visit.upgrade !== undefined) throw refuse('gateway.bad_upgrade', 'own endpoint')
  switch (`${method ?? ''} ${target.path}`) {
    case `GET ${ownPrefix}callback`:
      return callback(house, visit, guarded, target)
    case `GET ${ownPrefix}sign-out`:
    case `POST ${ownPrefix}sign-out`:
      return signOut(house, visit, guarded)
    case `GET ${ownPrefix}countersign.css`:
      return {
        status: 200,
        headers: { 'cache-control': 'public, max-age=300' },
        body: { text: house.ports.stylesheet, type: 'text/css; charset=utf-8' },
      }
    default:
      throw refuse('route.unknown')
  }
}

async function callback(house: Gatehouse, visit: Visit, guarded: GuardedHost, target: Target): Promise<OwnAnswer> {
  const { knowledge, records, issuer, ports, secure } = house
  const { sealer } = await knowledge.require()
  const { host } = guarded
  const { to, cookies } = await completeSignIn(
    {
      issuer,
      sealer,
      nowMs: ports.clock.wallMs(),
      exchange: async (exchange) => {
        try {
          return await knowledge.exchange(exchange, visit.watch)
        } catch (error) {
          // What the token endpoint says to a client is not for people.
          if (error instanceof Refusal) throw refuse('gateway.sign_in_failed', error.code, error)
          throw error
        }
      },
      record: async ({ session }) => {
        const view = await knowledge.people.find(session, visit.watch)
        if (view === undefined) throw refuse('gateway.sign_in_failed', 'session')
        visit.known.view = view
        await records.durably(eventOf(visit, { what: 'gateway.signed_in', about: host.origin, outcome: 'done' }))
      },
    },
    host,
    visit.id,
    target,
    readCookies(visit.request.headers.cookie, secure),
  )
  return redirectTo(to, cookies)
}

/**
 * Ends the person's central session, and with it every app's. A link on another
 * site cannot do that: from there the identity server asks first.
 */
async function signOut(house: Gatehouse, visit: Visit, guarded: GuardedHost): Promise<OwnAnswer> {
  const { knowledge, records, issuer, secure } = house
  const { request } = visit
  const { origin, clientId } = guarded.host
  const site = request.headers['sec-fetch-site']
  checkSite(request, false, origin)
  if (request.method !== 'POST' && site !== 'same-origin' && site !== 'none') {
    const to = new URL(`${issuer}/logout`)
    to.searchParams.set('client_id', clientId)
    to.searchParams.set('post_logout_redirect_uri', `${origin}/`)
    return redirectTo(to.href)
  }
  const { sealer } = await knowledge.require()
  const cookie = readCookies(request.headers.cookie, secure)[sessionCookie]
  const session = openSession(sealer, origin, cookie)
  const view = session === undefined ? undefined : await knowledge.people.find(session.session, visit.watch)
  if (view !== undefined) {
    visit.known.view = view
    await records.durably(eventOf(visit, { what: 'gateway.signed_out', about: origin, outcome: 'done' }))
    await knowledge.endSession(visit.id, view.id, visit.watch)
  }
  return redirectTo(`${issuer}/signed-out`, [{ name: sessionCookie, value: '', maxAgeSeconds: 0 }])
}
