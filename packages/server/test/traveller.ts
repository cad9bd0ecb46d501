/**
 * A person without a browser who goes from host to host, all of which are this
 * machine: keeps each host's cookies, follows redirects, fills the forms of the
 * identity server. Over http, or https with an authority of the test's own.
 *
 * @module
 */

import { request as askPlain, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { request as askSecure } from 'node:https'
import { field, type Person } from './visitor.ts'

export interface Found {
  readonly url: URL
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export interface Asking {
  readonly method?: string
  readonly form?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  /** The target as it is written on the wire, where it is no path of a URL. */
  readonly target?: string
}

export interface TravellerWishes {
  /** PEM of the authority that is believed. */
  readonly authority?: string
  /** The address that this person connects from; one of 127.0.0.0/8. */
  readonly from?: string
  /** Where https without a port is really answered. */
  readonly port?: number
}

/** Sign-in, consent, and the redirects between them. */
const mostSteps = 16

export class Traveller {
  readonly #cookies = new Map<string, Map<string, string>>()
  readonly #wishes: TravellerWishes
  /** Values of the cookies that it was given and of the parameters of addresses that it was sent to, each with its name. */
  readonly carried: Map<string, string> = new Map()

  constructor(wishes: TravellerWishes = {}) {
    this.#wishes = wishes
  }

  /** One request, and what came back; no redirect is followed. */
  async ask(address: string | URL, { method, form, headers, target }: Asking = {}): Promise<Found> {
    const url = new URL(address)
    const { authority, from, port = 443 } = this.#wishes
    const body = form === undefined ? undefined : new URLSearchParams(form).toString()
    const cookie = [...(this.#cookies.get(url.host) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ')
    const options = {
      host: '127.0.0.1',
      port: url.port === '' ? (url.protocol === 'https:' ? port : 80) : Number(url.port),
      path: target ?? url.pathname + url.search,
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      agent: false as const,
      ...(from === undefined ? {} : { localAddress: from }),
      headers: {
        host: url.host,
        accept: 'text/html',
        ...(cookie === '' ? {} : { cookie }),
        ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded', origin: url.origin }),
        ...headers,
      },
    }
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const out =
        url.protocol === 'https:'
          ? askSecure({ ...options, servername: url.hostname, ...(authority === undefined ? {} : { ca: authority }) })
          : askPlain(options)
      out.once('error', reject).once('response', resolve).end(body)
    })
    let text = ''
    for await (const chunk of answer.setEncoding('utf8')) text += String(chunk)
    for (const line of answer.headers['set-cookie'] ?? []) this.#keep(url.host, line)
    const to = locationOf({ url, headers: answer.headers })
    for (const [name, value] of to?.searchParams ?? []) this.carried.set(value, name)
    return { url, status: answer.statusCode ?? 0, headers: answer.headers, text }
  }

  /**
   * Opens an address as a browser does, signing in and consenting on the way. The page at which it ends; or, where it is sent to an
   * address that begins with `until`, that address, which is not opened.
   */
  async open(address: string | URL, person?: Person, until?: string): Promise<Found> {
    let found = await this.ask(address)
    for (let steps = 0; steps < mostSteps; steps += 1) {
      const { location } = found.headers
      if (until !== undefined && location?.startsWith(until) === true) return { ...found, url: new URL(location) }
      if (location !== undefined) found = await this.ask(new URL(location, found.url))
      else if (person !== undefined && found.status === 200 && found.text.includes('name="password"')) {
        const state = field(found.text, 'state')
        const form = { ...(state === '' ? {} : { state }), username: person.username, password: person.password }
        found = await this.ask(new URL(actionOf(found), found.url), { form })
      } else if (found.status === 200 && found.text.includes('value="allow"')) {
        found = await this.ask(new URL(actionOf(found), found.url), { form: { state: field(found.text, 'state'), decision: 'allow' } })
      } else return found
    }
    throw new Error(`sent round and round, at last to ${found.url.href}`)
  }

  #keep(host: string, line: string): void {
    const [pair = '', ...attributes] = line.split(';')
    const at = pair.indexOf('=')
    const jar = this.#cookies.get(host) ?? new Map<string, string>()
    this.#cookies.set(host, jar)
    const name = pair.slice(0, at).trim()
    const value = pair.slice(at + 1).trim()
    this.carried.set(value, name)
    if (attributes.some((attribute) => /^\s*max-age=0$/i.test(attribute))) jar.delete(name)
    else jar.set(name, value)
  }

  /** The cookies of a host, as they would be sent. */
  cookiesOf(host: string): string {
    return [...(this.#cookies.get(host) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ')
  }
}

/** Where an answer sends the browser. */
export function locationOf({ url, headers: { location } }: Pick<Found, 'url' | 'headers'>): URL | undefined {
  return location === undefined ? undefined : new URL(location, url)
}

function actionOf({ text, url }: Found): string {
  return (/<form[^>]*action="([^"]*)"/.exec(text)?.[1] ?? url.href).replaceAll('&amp;', '&')
}
