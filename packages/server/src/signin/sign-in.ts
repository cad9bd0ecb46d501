/**
 * Signing in with a password.
 *
 * The steps of the form: open the state that brought the person here, find out
 * what the typed name means to the limits, take one attempt from them, check the
 * password, begin a session. An attempt is taken before the password is looked
 * at and given back when it was right, so that a thousand guesses sent at once
 * do not all pass.
 *
 * A stranger learns one thing from a failure: that this name and this password
 * do not go together. Wrong and unknown are the same answer after the same work,
 * and neither writes a row: it is counted by network.
 *
 * Login CSRF: with a state, the state belongs to the browser's cookie; without
 * one, the server has already refused a form that another site sent.
 *
 * @module
 */

import { formTarget, type Answer, type RouteInput } from '#http'
import type { PasswordCheck } from '#identity'
import type { Operation, UserId } from '#kernel'
import type { Guess } from '#ratelimit'
import { browserCookie, browserCookieName, browserOf, sessionCookie, sessionCookieName } from './browser.ts'
import { messages } from './messages.en.ts'
import type { Pages } from './pages.ts'
import type { PendingRequest, SigninPorts } from './ports.ts'
import { showLost } from './lost.ts'
import { waitWords } from './wait-words.ts'

export interface SignInForm {
  readonly username: string
  readonly password: string
  readonly state?: string | undefined
}

type Opened = PendingRequest | 'nothing' | 'lost'

/** Nobody's id. Browsers are looked up under it for names that nobody has, so that those take as long. */
const nobody = `usr_${'0'.repeat(22)}` as UserId

export interface SignInHandlers {
  show(op: Operation, input: RouteInput): Promise<Answer>
  submit(op: Operation, input: RouteInput): Promise<Answer>
}

export function createSignIn(ports: SigninPorts, pages: Pages, base: string): SignInHandlers {
  const { identity, sessions, guesses } = ports

  const open = async (op: Operation, input: RouteInput, state: string | undefined): Promise<Opened> => {
    if (state === undefined) return 'nothing'
    return (await ports.authorizations.openPending(op, state, input.cookies[browserCookieName])) ?? 'lost'
  }

  /** Who is being guessed at, and from where. */
  const recognise = async (op: Operation, input: RouteInput, username: string): Promise<Guess> => {
    const { bucket, user } = await identity.accountOf(op, username)
    const browser = input.cookies[browserCookieName]
    const known = browser !== undefined && (await sessions.knowsBrowser(op, user ?? nobody, browser))
    return { account: bucket, address: input.address, ...(known ? { knownBrowser: browser } : {}) }
  }

  /** Only a wrong password costs an attempt: a right one and a full pool give it back. */
  const check = async (op: Operation, form: SignInForm, guess: Guess): Promise<PasswordCheck> => {
    let spent = false
    try {
      const { username, password } = form
      const found = await identity.checkPassword(op, { username, password, knownBrowser: guess.knownBrowser !== undefined })
      spent = found.is === 'wrong'
      return found
    } finally {
      if (!spent) await guesses.giveBack(op, guess)
    }
  }

  const again = (form: SignInForm, pending: Opened, problem: string, status: 401 | 429): Answer => ({
    status,
    ...page(pages, pending, { state: form.state, username: form.username, problem }),
  })

  return {
    show: async (op, input) => {
      const { state } = input.query
      const pending = await open(op, input, state)
      if (pending === 'lost') return showLost(op, input, ports, pages, `${base}/sign-in`)
      if (pending === 'nothing' && (await isSignedIn(op, input, ports))) return { status: 303, body: { redirect: `${base}/signed-in` } }
      const username = pending === 'nothing' ? '' : (pending.loginHint ?? '')
      return { status: 200, ...page(pages, pending, { state, username, problem: undefined }) }
    },

    submit: async (op, input) => {
      const form = input.body as SignInForm
      const route = `${base}/sign-in`
      const { address, headers, cookies } = input
      const pending = await open(op, input, form.state)
      if (pending === 'lost') return showLost(op, input, ports, pages, route)
      const guess = await recognise(op, input, form.username)
      const permitted = await guesses.spend(op, guess)
      if (!permitted.allowed) {
        ports.countStranger(op, { code: 'signin.too_many_attempts', route, address })
        const answer = again(form, pending, waitWords(permitted.retryAfterSeconds), 429)
        return { ...answer, headers: { 'retry-after': String(Math.max(1, permitted.retryAfterSeconds)) } }
      }
      const found = await check(op, form, guess)
      if (found.is === 'wrong') {
        ports.countStranger(op, { code: 'signin.not_together', route, address })
        return again(form, pending, messages['sign_in.not_together'], 401)
      }
      const { user, generation } = found
      const browser = browserOf(input)
      const begun = await sessions.begin(op, {
        user,
        generation,
        acr: '1fa',
        amr: ['pwd'],
        address,
        userAgent: headers['user-agent'],
        previous: cookies[sessionCookieName],
        browser,
        alsoRecord: [{ what: 'signin.succeeded', about: user, outcome: 'done', facts: { method: 'pwd' } }],
      })
      const next = form.state === undefined ? '/signed-in' : `/authorize/resume?${new URLSearchParams({ state: form.state }).toString()}`
      return { status: 303, cookies: [sessionCookie(begun.cookie), browserCookie(browser)], body: { redirect: `${base}${next}` } }
    },
  }
}

async function isSignedIn(op: Operation, input: RouteInput, { sessions }: SigninPorts): Promise<boolean> {
  const cookie = input.cookies[sessionCookieName]
  return cookie !== undefined && (await sessions.find(op, cookie)) !== undefined
}

interface Shown {
  readonly state: string | undefined
  readonly username: string
  readonly problem: string | undefined
}

/** The form, allowed to end at the app that asked for the sign-in. */
function page(pages: Pages, pending: Opened, shown: Shown): Pick<Answer, 'body'> {
  if (pending === 'nothing' || pending === 'lost') return { body: { html: pages.signIn(shown) } }
  const target = formTarget(pending.redirectUri)
  return { body: { html: pages.signIn({ app: pending.clientName, ...shown }), ...(target === undefined ? {} : { formTargets: [target] }) } }
}
