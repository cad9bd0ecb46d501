/**
 * A person without a browser: keeps cookies, follows redirects one by one,
 * fills forms by their names. What any HTTP client can do.
 *
 * @module
 */

import { createHash, randomBytes } from 'node:crypto'

export interface Step {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Where the answer sends the browser. */
  readonly location: URL | undefined
}

/** A visitor of one server, with cookies of their own. */
export class Visitor {
  readonly #cookies = new Map<string, string>()
  readonly origin: string

  constructor(origin: string) {
    this.origin = origin
  }

  get cookies(): ReadonlyMap<string, string> {
    return this.#cookies
  }

  async get(path: string | URL): Promise<Step> {
    return this.#send(path, {})
  }

  async post(path: string | URL, form: Readonly<Record<string, string>>): Promise<Step> {
    return this.#send(path, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
    })
  }

  async #send(path: string | URL, init: RequestInit): Promise<Step> {
    const url = new URL(path, this.origin)
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { ...(init.headers as Record<string, string> | undefined), ...(cookie === '' ? {} : { cookie }) }
    const answer = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const line of answer.headers.getSetCookie()) this.#keep(line)
    const location = answer.headers.get('location')
    return {
      status: answer.status,
      headers: answer.headers,
      text: await answer.text(),
      location: location === null ? undefined : new URL(location, url),
    }
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split(';')
    const [name = '', value = ''] = pair.split('=').map((part) => part.trim())
    const ended = attributes.some((attribute) => /^\s*max-age=0$/i.test(attribute))
    if (ended) this.#cookies.delete(name)
    else this.#cookies.set(name, value)
  }
}

export interface CodeClient {
  readonly client_id: string
  readonly client_secret?: string
  readonly redirect_uri: string
  readonly scope: string
}

export interface Person {
  readonly username: string
  readonly password: string
}

export interface TokenAnswer {
  readonly status: number
  readonly access_token?: string
  readonly refresh_token?: string
  readonly id_token?: string
  readonly error?: string
}

/** The value of a hidden or visible field of a page. */
export function field(html: string, name: string): string {
  const tag = new RegExp(`<input[^>]*name="${name}"[^>]*>`).exec(html)?.[0] ?? ''
  return (/value="([^"]*)"/.exec(tag)?.[1] ?? '').replaceAll('&amp;', '&')
}

/** Follows an authorization request to the address that the client gets its answer at: signs in and allows where a page asks for it. */
export async function authorize(
  visitor: Visitor,
  request: string | URL,
  redirectUri: string,
  { username, password }: Person,
): Promise<URL> {
  let step = await visitor.get(request)
  // Sign-in, consent, and back: at most these pages and the redirects between them.
  for (let turn = 0; turn < 10; turn += 1) {
    if (step.location?.href.startsWith(redirectUri) === true) return step.location
    if (step.location !== undefined) step = await visitor.get(step.location)
    else if (step.text.includes('name="password"'))
      step = await visitor.post('/sign-in', { state: field(step.text, 'state'), username, password })
    else if (step.text.includes('value="allow"'))
      step = await visitor.post('/consent', { state: field(step.text, 'state'), decision: 'allow' })
    else throw new Error(`the sign-in ended at a page with status ${step.status}`)
    if (step.status >= 400)
      throw new Error(`the sign-in was refused with status ${step.status}: ${/<h1>([^<]*)/.exec(step.text)?.[1] ?? ''}`)
  }
  throw new Error(`the sign-in goes round in circles: ${step.status}`)
}

/** Signs in by code + PKCE, allowing what is asked for. Returns the tokens, or the step at which it ended otherwise. */
export async function signIn(visitor: Visitor, client: CodeClient, person: Person): Promise<TokenAnswer> {
  const verifier = randomBytes(32).toString('base64url')
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri: client.redirect_uri,
    scope: client.scope,
    state: 'state',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  const back = await authorize(visitor, `/authorize?${query.toString()}`, client.redirect_uri, person)
  const code = back.searchParams.get('code')
  if (code === null) throw new Error(`no code came back: ${back.search}`)
  return exchange(visitor.origin, client, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: client.redirect_uri,
    code_verifier: verifier,
  })
}

/** One request to the token endpoint. */
export async function exchange(
  origin: string,
  { client_id, client_secret }: Pick<CodeClient, 'client_id' | 'client_secret'>,
  form: Readonly<Record<string, string>>,
): Promise<TokenAnswer> {
  const basic =
    client_secret === undefined ? undefined : Buffer.from(`${encodeURIComponent(client_id)}:${encodeURIComponent(client_secret)}`)
  const answer = await fetch(new URL('/token', origin), {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(basic === undefined ? {} : { authorization: `Basic ${basic.toString('base64')}` }),
    },
    body: new URLSearchParams(basic === undefined ? { ...form, client_id } : form).toString(),
  })
  return { status: answer.status, ...((await answer.json()) as object) }
}
