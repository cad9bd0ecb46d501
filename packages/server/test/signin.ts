/**
 * The pages of sign-in, served over real people and sessions. The authorization
 * server behind them is a small fake that knows one waiting request for each
 * state it was given.
 *
 * @module
 */

import type { InjectOptions, Response as InjectedResponse } from 'light-my-request'
import type { Edge, SpinePorts } from '#http'
import type { Principal } from '#kernel'
import { createGuesses, memoryBuckets, type GuessRates } from '#ratelimit'
import { createSignin, type PendingRequest, type Signin } from '#signin'
import type { Store } from '#store'
import { openPeople, type TestPeople, type TestPeopleOptions } from './people.ts'
import { serve, type Served } from './serve.ts'

export interface TestSignin extends TestPeople {
  readonly signin: Signin
  readonly served: Served
  /** A request from the given browser; its cookies are kept for the next one. */
  readonly ask: (browser: TestBrowser, request: TestRequest) => Promise<InjectedResponse>
  /** Lets a request wait for a browser and gives its state. */
  readonly wait: (browser: TestBrowser, pending?: Partial<PendingRequest>) => string
  /** What was decided on the consent page. */
  readonly decided: string[]
}

/** Cookies by name, and where it stands. */
export interface TestBrowser {
  readonly cookies: Map<string, string>
  readonly address: string
}

export interface TestRequest {
  readonly method?: 'GET' | 'POST'
  readonly url: string
  readonly form?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
}

export function newTestBrowser(address = '192.0.2.1', cookies: Readonly<Record<string, string>> = {}): TestBrowser {
  return { cookies: new Map(Object.entries(cookies)), address }
}

/** What ends TLS before an https origin. */
const proxy = '127.0.0.9'

export const testBrowserCookie = 'AAAAAAAAAAAAAAAAAAAAAA'

export interface TestSigninOptions extends TestPeopleOptions {
  readonly origin?: string
  readonly guesses?: Partial<GuessRates>
  readonly edges?: readonly Edge[]
}

export async function serveSignin(store: Store, options: TestSigninOptions = {}): Promise<TestSignin> {
  const origin = options.origin ?? 'http://localhost:9000'
  const isSecure = origin.startsWith('https:')
  const house = await openPeople(store, options)
  const waiting = new Map<string, { readonly browser: string | undefined; readonly pending: PendingRequest }>()
  const decided: string[] = []
  const clock = { wallMs: () => house.op().nowMs, monotonicMs: () => house.op().nowMs }
  const open = (state: string, browser: string | undefined): PendingRequest | undefined => {
    const found = waiting.get(state)
    return found !== undefined && browser !== undefined && found.browser === browser ? found.pending : undefined
  }
  const counted: { code: string; route: string; address: string }[] = []
  const signin = createSignin({
    identity: house.identity,
    sessions: house.sessions,
    guesses: createGuesses(memoryBuckets(clock), options.guesses),
    countStranger: (_op, refused) => void counted.push(refused),
    authorizations: {
      openPending: async (_op, state, browser) => open(state, browser),
      decideConsent: async (_op, session, state, browser, { decision }) => {
        decided.push(`${decision} ${session?.user ?? 'nobody'} ${open(state, browser) === undefined ? 'lost' : 'open'}`)
        return { status: 303, body: { redirect: `${open(state, browser)?.redirectUri ?? '/'}?decision=${decision}` } }
      },
    },
  })
  const identify: SpinePorts['identify'] = async (op, presented) => {
    const cookie = presented.cookies['countersign_session']
    const session = cookie === undefined ? undefined : await house.sessions.find(op, cookie)
    if (session === undefined) return undefined
    const { id, user, acr, amr, authTimeMs } = session
    const principal: Principal = { is: 'user', id: user, session: id, proof: { acr, amr, authTimeMs }, credential: { kind: 'session' } }
    return principal
  }
  const served = await serve(
    [signin, ...(options.edges ?? [])],
    { identify },
    { tenant: house.tenant, clock, origins: [origin], renderPage: signin.renderRefusal, ...(isSecure ? { trustedProxies: [proxy] } : {}) },
  )
  return {
    ...house,
    signin,
    decided,
    served: {
      ...served,
      get counted() {
        return [...served.counted, ...counted.map(({ code }) => code)]
      },
    },
    wait: (browser, pending = {}) => {
      const state = `f1.state-${waiting.size}`
      const whole = {
        clientName: 'Notes',
        scopes: ['openid'],
        claims: [],
        details: [],
        redirectUri: 'https://notes.example.test/callback',
        ...pending,
      }
      waiting.set(state, { browser: browser.cookies.get('countersign_browser'), pending: whole })
      return state
    },
    ask: async (browser, { method, url, form, headers }) => {
      const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const request: InjectOptions = {
        method: method ?? (form === undefined ? 'GET' : 'POST'),
        url,
        remoteAddress: isSecure ? proxy : browser.address,
        headers: {
          host: new URL(origin).host,
          ...(isSecure ? { 'x-forwarded-for': browser.address, 'x-forwarded-proto': 'https' } : {}),
          ...(cookie === '' ? {} : { cookie }),
          ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
          ...headers,
        },
        ...(form === undefined ? {} : { payload: new URLSearchParams(form).toString() }),
      }
      const answer = await served.inject(request)
      for (const { name, value, maxAge } of answer.cookies as readonly { name: string; value: string; maxAge?: number }[]) {
        if (maxAge === 0) browser.cookies.delete(name)
        else browser.cookies.set(name, value)
      }
      return answer
    },
  }
}
