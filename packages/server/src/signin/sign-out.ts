/**
 * What stands around a session: that one is signed in, signing out by one's own
 * wish, and that one is signed out. Sign-out that an app asks for is the
 * authorization server's; it shows our page through a port.
 *
 * @module
 */

import type { Answer, RouteInput } from '#http'
import { actingAs, type Operation, type UserPrincipal } from '#kernel'
import type { Session } from '#sessions'
import { noSessionCookie, sessionCookieName } from './browser.ts'
import type { Pages } from './pages.ts'
import type { SigninPorts } from './ports.ts'

export interface SignOutForm {
  /** A sign-in that goes on as somebody else. */
  readonly state?: string | undefined
}

export interface SignOutHandlers {
  showSignedIn(op: Operation, input: RouteInput): Promise<Answer>
  signOut(op: Operation, input: RouteInput): Promise<Answer>
  showSignedOut(op: Operation, input: RouteInput): Promise<Answer>
}

export function createSignOut({ identity, sessions }: SigninPorts, pages: Pages, base: string): SignOutHandlers {
  const find = async (op: Operation, input: RouteInput): Promise<Session | undefined> => {
    const cookie = input.cookies[sessionCookieName]
    return cookie === undefined ? undefined : sessions.find(op, cookie)
  }

  return {
    showSignedIn: async (op, input) => {
      const session = await find(op, input)
      const person = session && (await identity.findUser(op, session.user))
      if (person === undefined) return { status: 303, body: { redirect: `${base}/sign-in` } }
      return { status: 200, body: { html: pages.signedIn(person) } }
    },

    // Whoever has no session any more gets what they asked for: no session, and no cookie of one.
    signOut: async (op, input) => {
      const { state } = input.body as SignOutForm
      const session = await find(op, input)
      if (session !== undefined) await sessions.end(actingAs(op, personOf(session)), session.id, 'signed_out')
      const next = state === undefined ? '/signed-out' : `/sign-in?${new URLSearchParams({ state }).toString()}`
      return { status: 303, cookies: [noSessionCookie], body: { redirect: `${base}${next}` } }
    },

    showSignedOut: async () => ({ status: 200, body: { html: pages.signedOut() } }),
  }
}

function personOf({ id, user, acr, amr, authTimeMs }: Session): UserPrincipal {
  return { is: 'user', id: user, session: id, proof: { acr, amr, authTimeMs }, credential: { kind: 'session' } }
}
