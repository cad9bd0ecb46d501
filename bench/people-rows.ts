/**
 * Rows about people: somebody who has signed in gets codes, and clients renew
 * what they hold. Each side is a process of its own, measured in turn.
 *
 * @module
 */

import { algorithmOf, askForCode, codeVerifier, formRequest, redirectUri, type Contestant, type Running } from './contestant.ts'
import { load } from './load.ts'
import { inTurn, running, type Row, type Sides } from './rows.ts'

const connections = 32
const warmUpSeconds = 6
const roundSeconds = 4

/** Refresh tokens of a public client that are spent for a successor each second, in as many chains as there are connections. */
export const refresh = {
  name: 'refresh',
  unit: 'refreshes/s',
  measure: async (sides: Sides): Promise<readonly Row[]> => inTurn(refresh, sides, refreshesPerSecond),
}

/** From the authorization request of somebody who has signed in to an ID token signed with RS256: two requests. */
export const codeFlow = {
  name: 'code-flow',
  unit: 'ID tokens/s',
  measure: async (sides: Sides): Promise<readonly Row[]> => inTurn(codeFlow, sides, codeFlowsPerSecond),
}

type Asking = (connection: number, before: string | undefined) => string

async function refreshesPerSecond(contestant: Contestant): Promise<number> {
  return running(contestant, async (server) => {
    const cookies = await signIn(contestant, server)
    const tokens = await Promise.all(cookies.map(async (cookie) => refreshToken(contestant, server, cookie)))
    return measure(contestant, server, (at, before) => {
      if (before !== undefined) tokens[at] = member(before, 'refresh_token')
      const spent = { client_id: contestant.publicClientId, refresh_token: tokens[at] ?? '' }
      return formRequest(server.tokenPath, server, { grant_type: 'refresh_token', ...spent })
    })
  })
}

async function codeFlowsPerSecond(contestant: Contestant): Promise<number> {
  return running(contestant, async (server) => {
    const forCode = (await signIn(contestant, server)).map((cookie) => authorizeRequest(contestant, server, cookie))
    const awaitsCode = new Set<number>()
    const requests = await measure(contestant, server, (at, before) => {
      if (before !== undefined && awaitsCode.delete(at)) return formRequest(server.tokenPath, server, redeeming(contestant, codeIn(before)))
      if (before !== undefined) requireRsa(contestant, member(before, 'id_token'))
      awaitsCode.add(at)
      return forCode[at] ?? ''
    })
    return requests / 2
  })
}

/** A person for each connection. */
async function signIn(contestant: Contestant, server: Running): Promise<readonly string[]> {
  const cookies: string[] = []
  for (let who = 0; who < connections; who += 1) cookies.push(await contestant.signIn(server, who))
  return cookies
}

/** Answers a second. */
async function measure({ name }: Contestant, { port }: Running, request: Asking): Promise<number> {
  const run = async (seconds: number): Promise<number> => {
    const { perSecond, good, bad } = await load({ port, request, connections, seconds, goodStatuses: [200, 303] })
    if (bad > 0) throw new Error(`${name} refused ${bad} requests and answered ${good}`)
    return perSecond
  }
  await run(warmUpSeconds)
  return run(roundSeconds)
}

async function refreshToken(contestant: Contestant, { port, tokenPath, authorizePath }: Running, cookie: string): Promise<string> {
  const origin = `http://localhost:${port}`
  const asked = askForCode(contestant.publicClientId, 'offline_access api:read')
  const given = await fetch(`${origin}${authorizePath}?${asked}`, { redirect: 'manual', headers: { cookie } })
  const code = new URL(given.headers.get('location') ?? redirectUri, origin).searchParams.get('code') ?? ''
  const answer = await fetch(`${origin}${tokenPath}`, { method: 'POST', body: new URLSearchParams(redeeming(contestant, code)) })
  const { refresh_token: token } = (await answer.json()) as { refresh_token?: string }
  if (token === undefined) throw new Error(`${contestant.name} gave no refresh token (status ${given.status}, then ${answer.status})`)
  return token
}

function authorizeRequest({ publicClientId }: Contestant, { port, authorizePath }: Running, cookie: string): string {
  const asked = askForCode(publicClientId, 'openid api:read')
  return [`GET ${authorizePath}?${asked} HTTP/1.1`, `Host: localhost:${port}`, `Cookie: ${cookie}`, '', ''].join('\r\n')
}

function redeeming({ publicClientId }: Contestant, code: string): Readonly<Record<string, string>> {
  return {
    grant_type: 'authorization_code',
    client_id: publicClientId,
    redirect_uri: redirectUri,
    code,
    code_verifier: codeVerifier,
  }
}

function codeIn(answer: string): string {
  return /\r\nlocation: \S+[?&]code=([^&\s]+)/i.exec(answer)?.[1] ?? ''
}

function member(answer: string, name: string): string {
  return new RegExp(`"${name}":"([^"]+)"`).exec(answer)?.[1] ?? ''
}

/** Both sides must hand out the same thing. */
function requireRsa({ name }: Contestant, token: string): void {
  if (algorithmOf(token) !== 'RS256') throw new Error(`${name} gave no ID token signed with RS256`)
}
