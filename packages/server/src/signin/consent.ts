/**
 * Asking a person whether an app may use their account, RFC 6749 section 4.1.1:
 * what it is called, where its answer goes, and what exactly it would see.
 *
 * @module
 */

import { formTarget, type Answer, type RouteInput } from '#http'
import type { Operation } from '#kernel'
import { browserCookieName, sessionCookieName } from './browser.ts'
import { showLost } from './lost.ts'
import type { Pages } from './pages.ts'
import type { SigninPorts } from './ports.ts'

export interface ConsentForm {
  readonly state: string
  readonly decision: 'allow' | 'deny'
}

export interface ConsentHandlers {
  show(op: Operation, input: RouteInput): Promise<Answer>
  decide(op: Operation, input: RouteInput): Promise<Answer>
}

export function createConsent(ports: SigninPorts, pages: Pages, base: string): ConsentHandlers {
  const { authorizations, identity, sessions } = ports
  const route = `${base}/consent`

  return {
    show: async (op, input) => {
      const state = input.query['state'] ?? ''
      const pending = await authorizations.openPending(op, state, input.cookies[browserCookieName])
      const person = input.principal?.is === 'user' ? await identity.findUser(op, input.principal.id) : undefined
      if (pending === undefined || person === undefined) return showLost(op, input, ports, pages, route)
      const { clientName: app, redirectUri, scopes, claims, details } = pending
      const target = formTarget(redirectUri)
      const html = pages.consent({ app, redirectUri, scopes, claims, details, state, person })
      return { status: 200, body: { html, ...(target === undefined ? {} : { formTargets: [target] }) } }
    },

    decide: async (op, input) => {
      const { state, decision } = input.body as ConsentForm
      const session = await sessions.find(op, input.cookies[sessionCookieName] ?? '')
      const { nonce, address } = input
      return authorizations.decideConsent(op, session, state, input.cookies[browserCookieName], { decision, nonce, address })
    },
  }
}
