/**
 * The authorization endpoint and the way back to it from our own pages.
 *
 * The steps: read the request or what was signed of it, check it (`check.ts`), ask who is there and what
 * they have allowed, and judge what comes next (`next-step.ts`). The last two are
 * repeated whenever the browser comes back; the checked request travels in the
 * meantime sealed in the browser's state.
 *
 * @module
 */

import { callerIs, requireWithin, type Answer, type Route, type RouteInput } from '#http'
import { readClientIdentifier, type Operation } from '#kernel'
import type { Keys } from '#keys'
import type { Limits } from '#ratelimit'
import type { Store } from '#store'
import type { Revocations, Tokens } from '#tokens'
import { openState, readBrowser, sealState, type Browser } from '../browser-state.ts'
import { beyondScopes, grantableClaims, type ClaimTable } from '../claims.ts'
import type { Client } from '../clients/client.ts'
import type { Clients } from '../clients/clients.ts'
import { hasAnswersSigned } from '../clients/profile.ts'
import { sectorOf } from '../clients/sector.ts'
import type { RemoteKeys } from '../clients/remote-keys.ts'
import { covers, findConsent } from '../consents/store.ts'
import type { ShownDetail } from '../details/show.ts'
import type { DetailTypes } from '../details/registered.ts'
import type { Places } from '../issuer.ts'
import { redirectTo, withParameters } from '../redirect.ts'
import { isReference, readReference } from '../pushed/reference.ts'
import { takePushed } from '../pushed/store.ts'
import { answerClient, isSigned, readResponseMode, type Parameters, type ReturnPath } from './answer-client.ts'
import { errorWords } from './answers.ts'
import { checkAuthorize, type Asked, refuse, stillFits, type AuthorizeRefusalCode } from './check.ts'
import { issueCode, personOf } from './issue-code.ts'
import { nextStep, type Consent, type SignedIn } from './next-step.ts'
import { readAuthorizeParameters, writeAuthorizeParameters, type CheckedRequest } from './request.ts'
import { answerParameters, isAnswerSigned } from './sign-answer.ts'
import { countingParameters, type Counting } from './signed-request.ts'

export interface AuthorizePorts {
  readonly store: Store
  readonly keys: Keys
  readonly revocations: Pick<Revocations, 'generation'>
  readonly tokens: Pick<Tokens, 'readIdTokenHint' | 'subjectFor'>
  readonly clients: Pick<Clients, 'find'>
  readonly places: Places
  readonly claims: ClaimTable
  readonly detailTypes: DetailTypes
  readonly requirePushedRequests?: Asked['requirePushedRequests']
  readonly remoteKeys: RemoteKeys
  readonly limits: Pick<Limits, 'byAddress'>
  /** The live session of the browser's session cookie. */
  readonly findSession: (op: Operation, cookie: string) => Promise<SignedIn | undefined>
}

/** What the pages may know of a request that waits for a person. */
export interface PendingRequest {
  readonly clientName: string
  readonly firstParty: boolean
  readonly scopes: readonly string[]
  /** What is asked for singly, beside what the scopes tell. */
  readonly claims: readonly string[]
  /** What is asked for in detail, RFC 9396, all of it. */
  readonly details: readonly ShownDetail[]
  /** Where the answer will go: pages list its origin in their `form-action`. */
  readonly redirectUri: string
  readonly prompt?: string
  readonly loginHint?: string
  readonly maxAgeSeconds?: number
}

/** The page that an answer may be, and whom it is for. */
interface Reached {
  readonly nonce: string
  readonly address: string
}

export interface Authorize {
  /** GET /authorize */
  readonly begin: Route['handle']
  /** POST /authorize */
  readonly beginByForm: Route['handle']
  /** GET /authorize/resume */
  readonly resume: Route['handle']
  /** Undefined when the state is not this browser's or is over. */
  readonly openPending: (op: Operation, state: string, browserCookie: string | undefined) => Promise<PendingRequest | undefined>
  /** What a person said on the consent page, and where the browser goes now. Throws `authorize.state_not_valid`. */
  readonly decideConsent: (
    op: Operation,
    session: SignedIn | undefined,
    state: string,
    browserCookie: string | undefined,
    said: Reached & { readonly decision: 'allow' | 'deny' },
  ) => Promise<Answer>
}

export const sessionCookieName = 'countersign_session'

export function createAuthorize(ports: AuthorizePorts): Authorize {
  const { keys, clients, revocations, tokens, places, store, detailTypes } = ports

  const answer = async (op: Operation, client: Client, path: ReturnPath, parameters: Parameters, nonce: string): Promise<Answer> =>
    answerClient(path, await answerParameters(op, keys, places.issuer, client, path, parameters), nonce)

  /** Nobody has to be known for a refusal: those that cost a signature are counted by address. */
  const refused = async (
    op: Operation,
    client: Client,
    request: ReturnPath & { readonly state?: string | undefined },
    code: AuthorizeRefusalCode,
    { nonce, address }: Reached,
  ): Promise<Answer> => {
    const { error, description } = errorWords(code)
    if (isAnswerSigned(client, request)) requireWithin(await ports.limits.byAddress(op, address, 'signed-error'))
    return answer(op, client, request, { error, error_description: description, state: request.state }, nonce)
  }

  const toPage = async (op: Operation, request: CheckedRequest, browser: Browser, path: '/sign-in' | '/consent'): Promise<Answer> => {
    const state = await sealState(op, keys, 'authorize', browser.cookie, request)
    return redirectTo(withParameters(places.path(path), { state }), browser.set)
  }

  /** What the client may have of the claims that it asks for singly, as it is registered now. */
  const narrowed = (request: CheckedRequest, client: Client): CheckedRequest => {
    const { claims: _, ...rest } = request
    const claims = grantableClaims(request, client, ports.claims)
    return claims === undefined ? rest : { ...rest, claims }
  }

  const singly = ({ claims, scopes }: CheckedRequest): readonly string[] => beyondScopes(claims, scopes, ports.claims)

  const consentOf = async (op: Operation, request: CheckedRequest, session: SignedIn | undefined): Promise<Consent> => {
    if (session === undefined) return 'missing'
    const earlier = await store.read(op, async (db) => findConsent(db, op.tenant, session.user, request.client, op.nowMs))
    return covers(earlier, { scopes: request.scopes, claims: singly(request) }) ? 'remembered' : 'missing'
  }

  /** Everything after the checks. The generation was read before the session and the client. */
  const proceed = async (
    op: Operation,
    at: { readonly request: CheckedRequest; readonly client: Client; readonly session: SignedIn | undefined; readonly generation: number },
    browser: Browser,
    by: Reached,
    given?: 'given',
  ): Promise<Answer> => {
    const { request, client, session, generation } = at
    const consent = given ?? (await consentOf(op, request, session))
    const sub = session && (await tokens.subjectFor(op, session.user, sectorOf(client)))
    const next = nextStep(request, client, session && { ...session, sub }, consent, op.nowMs)
    if (next.go === 'refuse') return refused(op, client, request, next.code, by)
    if (next.go === 'sign-in' || session === undefined) return toPage(op, request, browser, '/sign-in')
    if (next.go === 'consent') return toPage(op, { ...request, asks: session.user }, browser, '/consent')
    const code = await issueCode(op, store, places.issuer, { request, client, session, consent, generation, singly: singly(request) })
    if (code === undefined) return proceed(op, at, browser, by)
    return answer(op, client, request, { code, state: request.state }, by.nonce)
  }

  /** What the client pushed, and nothing that stands beside the reference, RFC 9126 section 4. It is used up by that. */
  const takeRequest = async (op: Operation, client: Client | undefined, requestUri: string): Promise<Counting> => {
    const hash = readReference(requestUri)
    if (hash === undefined || client === undefined) throw refuse('authorize.pushed_request')
    const pushed = await store.write(op, async (tx) => takePushed(tx, op.tenant, { hash, client: client.id, nowMs: op.nowMs }))
    if (pushed === undefined) throw refuse('authorize.pushed_request')
    // Whether it had to be signed was asked when it was pushed.
    return { sent: pushed, object: 'held' }
  }

  const findSession = async (op: Operation, input: RouteInput): Promise<SignedIn | undefined> => {
    const cookie = input.cookies[sessionCookieName]
    return cookie === undefined ? undefined : ports.findSession(op, cookie)
  }

  /** A server that was started anew may know other types. */
  const detailsFit = ({ details = [] }: CheckedRequest, { authorizationDetailsTypes: allowed = [] }: Client): boolean =>
    detailTypes.fit(details, allowed)

  /** The request of a state and its client as it is registered now; a client that is gone has no requests. */
  const open = async (
    op: Operation,
    state: string,
    cookie: string | undefined,
  ): Promise<{ request: CheckedRequest; client: Client } | undefined> => {
    const request = (await openState(op, keys, 'authorize', cookie, state)) as CheckedRequest | undefined
    const client = request && (await clients.find(op, request.clientId))?.client
    const fits = request !== undefined && client !== undefined && stillFits(request, client) && detailsFit(request, client)
    return fits ? { request: narrowed(request, client), client } : undefined
  }

  const reopen = async (op: Operation, state: string, cookie: string | undefined) => {
    const generation = await revocations.generation(op)
    const opened = await open(op, state, cookie)
    if (opened === undefined || cookie === undefined) throw refuse('authorize.state_not_valid')
    return { ...opened, generation, browser: { cookie } }
  }

  return {
    begin: async (op, input) => {
      const generation = await revocations.generation(op)
      const { client_id: named = '', request_uri: requestUri = '' } = input.query
      const clientId = readClientIdentifier(named)
      const client = clientId && (await clients.find(op, clientId))?.client
      const pushed = isReference(requestUri)
      const { sent, object } = pushed
        ? await takeRequest(op, client, requestUri)
        : await countingParameters(op, input.query, client, { issuer: places.issuer, remoteKeys: ports.remoteKeys })
      const parameters = readAuthorizeParameters(sent)
      const { idTokenHint } = parameters
      const hinted = idTokenHint === undefined ? undefined : await tokens.readIdTokenHint(op, idTokenHint)
      const request = checkAuthorize(
        { parameters, client, hinted, pushed, object, detailTypes, requirePushedRequests: ports.requirePushedRequests },
        op.nowMs,
      )
      if ('failed' in request) {
        const { redirectUri, state } = parameters
        if (request.tell === 'person' || redirectUri === undefined || client === undefined) throw refuse(request.failed)
        const said = readResponseMode(parameters.responseMode, redirectUri)
        const responseMode = hasAnswersSigned(client) && !isSigned(said) ? 'query.jwt' : said
        return refused(op, client, { redirectUri, responseMode, state }, request.failed, input)
      }
      if (client === undefined) throw refuse('authorize.unknown_client')
      const session = await findSession(op, input)
      return proceed(op, { request: narrowed(request, client), client, session, generation }, readBrowser(input.cookies), input)
    },

    // A form on another site comes without our cookies (SameSite=Lax); as a redirect it comes with them.
    beginByForm: async (_op, input) => {
      const query = writeAuthorizeParameters(input.body as Readonly<Record<string, string>>)
      return redirectTo(`${places.path('/authorize')}?${query}`)
    },

    resume: async (op, input) => {
      const { request, client, generation, browser } = await reopen(op, input.query['state'] ?? '', readBrowserCookie(input))
      const session = await findSession(op, input)
      return proceed(op, { request, client, session, generation }, browser, input)
    },

    openPending: async (op, state, browserCookie) => {
      const opened = await open(op, state, browserCookie)
      return (
        opened && pendingOf(opened.request, opened.client, singly(opened.request), (opened.request.details ?? []).map(detailTypes.show))
      )
    },

    decideConsent: async (op, session, state, browserCookie, said) => {
      const { request, client, generation, browser } = await reopen(op, state, browserCookie)
      // Somebody may have signed in since the page was shown to another, or never have seen it: they are asked themselves.
      const given = session !== undefined && request.asks === session.user ? 'given' : undefined
      if (said.decision === 'allow') return proceed(op, { request, client, session, generation }, browser, said, given)
      if (session !== undefined) await recordDenial(op, store, client, session)
      return refused(op, client, request, 'authorize.denied', said)
    },
  }
}

const readBrowserCookie = (input: RouteInput): string | undefined => {
  const browser = readBrowser(input.cookies)
  return browser.set === undefined ? browser.cookie : undefined
}

async function recordDenial(op: Operation, store: Store, client: Client, session: SignedIn): Promise<void> {
  await store.write(callerIs(op, personOf(session)), async (tx) => {
    tx.record({ what: 'consent.denied', about: client.id, outcome: 'refused', facts: { user: session.user } })
  })
}

function pendingOf(request: CheckedRequest, client: Client, claims: readonly string[], details: readonly ShownDetail[]): PendingRequest {
  return {
    clientName: client.name,
    firstParty: client.firstParty,
    scopes: request.scopes,
    claims,
    details,
    redirectUri: request.redirectUri,
    ...(request.prompt.length === 0 ? {} : { prompt: request.prompt.join(' ') }),
    ...(request.loginHint === undefined ? {} : { loginHint: request.loginHint }),
    ...(request.maxAgeSeconds === undefined ? {} : { maxAgeSeconds: request.maxAgeSeconds }),
  }
}
