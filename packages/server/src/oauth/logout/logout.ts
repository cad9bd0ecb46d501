/** Signing out, asked for by a client or by the person: read, judge, end the session, go on. @module */

import { Type, type TSchema } from 'typebox'
import { callerIs, type Answer, type Route, type RouteInput } from '#http'
import { readClientIdentifier, type Operation, type SessionId } from '#kernel'
import type { Keys } from '#keys'
import type { Tokens } from '#tokens'
import { sessionCookieName } from '../authorize/authorize.ts'
import { personOf } from '../authorize/issue-code.ts'
import type { SignedIn } from '../authorize/next-step.ts'
import { browserCookieName, openState, readBrowser, sealState } from '../browser-state.ts'
import type { Clients } from '../clients/clients.ts'
import type { Places } from '../issuer.ts'
import { redirectTo, withParameters } from '../redirect.ts'
import { clientOf, judgeLogout, refuse, type AfterLogout, type LogoutRequest } from './judge.ts'

const parameters = {
  id_token_hint: Type.Optional(Type.String({ maxLength: 8192 })),
  client_id: Type.Optional(Type.String({ maxLength: 2048 })),
  post_logout_redirect_uri: Type.Optional(Type.String({ maxLength: 2048 })),
  state: Type.Optional(Type.String({ maxLength: 2048 })),
}

export const logoutSchema: TSchema = Type.Object(parameters, { additionalProperties: true })

export const confirmSchema: TSchema = Type.Object({ state: Type.String({ maxLength: 16_384 }) }, { additionalProperties: true })

export interface LogoutPorts {
  readonly keys: Keys
  readonly places: Places
  readonly clients: Pick<Clients, 'find'>
  readonly tokens: Pick<Tokens, 'readIdTokenHint'>
  readonly findSession: (op: Operation, cookie: string) => Promise<SignedIn | undefined>
  /** Resolves when no verifier accepts the session any more, or the bound has passed. */
  readonly endSession: (op: Operation, id: SessionId) => Promise<unknown>
  /** The page that asks whether to sign out: a form that posts `state` to `action`. */
  readonly confirmSignOut: (op: Operation, input: RouteInput, page: SignOutPage) => Answer | Promise<Answer>
}

export interface SignOutPage {
  readonly action: string
  readonly state: string
  /** Where the browser may end after the form was sent: for `form-action`. */
  readonly redirectUri?: string
}

export interface Logout {
  /** GET /logout */
  readonly begin: Route['handle']
  /** POST /logout */
  readonly beginByForm: Route['handle']
  /** POST /logout/confirm */
  readonly confirm: Route['handle']
}

type Sent = Readonly<Record<string, string | undefined>>

export function createLogout(ports: LogoutPorts): Logout {
  const { keys, places, clients, tokens } = ports

  const read = async (op: Operation, sent: Sent): Promise<LogoutRequest> => {
    const value = (name: string): string | undefined => (sent[name] === '' ? undefined : sent[name])
    const hint = value('id_token_hint')
    return {
      hint: hint === undefined ? undefined : await tokens.readIdTokenHint(op, hint),
      clientId: value('client_id'),
      redirectUri: value('post_logout_redirect_uri'),
      state: value('state'),
    }
  }

  const findSession = async (op: Operation, input: RouteInput): Promise<SignedIn | undefined> => {
    const cookie = input.cookies[sessionCookieName]
    return cookie === undefined ? undefined : ports.findSession(op, cookie)
  }

  const goOn = ({ redirectUri, state }: AfterLogout): Answer =>
    redirectTo(redirectUri === undefined ? places.path('/signed-out') : withParameters(redirectUri, { state }), {
      name: sessionCookieName,
      value: '',
      maxAgeSeconds: 0,
    })

  const end = async (op: Operation, session: SignedIn, after: AfterLogout): Promise<Answer> => {
    await ports.endSession(callerIs(op, personOf(session)), session.id)
    return goOn(after)
  }

  return {
    begin: async (op, input) => {
      const request = await read(op, input.query)
      const clientId = readClientIdentifier(clientOf(request) ?? '')
      const client = clientId && (await clients.find(op, clientId))?.client
      const session = await findSession(op, input)
      const { go, after } = judgeLogout(request, client, session?.id)
      if (go === 'on' || session === undefined) return goOn(after)
      if (go === 'end') return end(op, session, after)
      const browser = readBrowser(input.cookies)
      const state = await sealState(op, keys, 'sign-out', browser.cookie, after)
      const { redirectUri } = after
      const page: SignOutPage = { action: places.path('/logout/confirm'), state, ...(redirectUri === undefined ? {} : { redirectUri }) }
      const answer = await ports.confirmSignOut(op, input, page)
      return browser.set === undefined ? answer : { ...answer, cookies: [...(answer.cookies ?? []), browser.set] }
    },

    // As with /authorize: a form on another site comes without our cookies.
    beginByForm: async (_op, input) => {
      const sent = input.body as Sent
      const known = Object.keys(parameters).map((name) => [name, sent[name]])
      return redirectTo(withParameters(places.path('/logout'), Object.fromEntries(known) as Sent))
    },

    confirm: async (op, input) => {
      const { state, decision } = input.body as { readonly state: string; readonly decision?: string }
      if (decision === 'stay') return redirectTo(places.path('/signed-in'))
      const after = (await openState(op, keys, 'sign-out', input.cookies[browserCookieName], state)) as AfterLogout | undefined
      if (after === undefined) throw refuse('logout.state_not_valid')
      const session = await findSession(op, input)
      return session === undefined ? goOn(after) : end(op, session, after)
    },
  }
}
