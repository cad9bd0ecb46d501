/**
 * A person's browser without a browser, for walks that cross hosts.
 *
 * @module
 */

import { request as ask } from 'node:http'
import { field, type Person } from './visitor.ts'

export interface Answer {
  readonly status: number
  readonly text: string
  /** Where it sends the browser. */
  readonly to: URL | undefined
}

/**
 * Keeps cookies by host and says what browsers say of a navigation. Node does
 * not resolve `*.localhost`, so it goes to `localhost` and names the host.
 */
export class Wanderer {
  readonly #jars = new Map<string, Map<string, string>>()
  readonly #app: string
  /** The cookies that it was given and the parameters of addresses that it was sent to: every value, and its name. */
  readonly carried: Map<string, string> = new Map()

  constructor(app: string) {
    this.#app = app
  }

  async open(url: string | URL): Promise<Answer> {
    return this.#send(new URL(url, this.#app), 'GET')
  }

  async post(url: string | URL, form: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.#send(new URL(url, this.#app), 'POST', new URLSearchParams(form).toString())
  }

  /** Opens an address and goes where it leads: through sign-in and consent, to a page. */
  async arrive(url: string | URL, { username, password }: Person): Promise<Answer> {
    let at = new URL(url, this.#app)
    let answer = await this.open(at)
    // Two sign-ins of two redirects each, a form and a consent: far fewer than this unless they go in circles.
    for (let turn = 0; turn < 20; turn += 1) {
      if (answer.to !== undefined) answer = await this.open((at = answer.to))
      else if (answer.text.includes('name="password"'))
        answer = await this.post((at = new URL('/sign-in', at)), { state: field(answer.text, 'state'), username, password })
      else if (answer.text.includes('value="allow"'))
        answer = await this.post((at = new URL('/consent', at)), { state: field(answer.text, 'state'), decision: 'allow' })
      else return answer
    }
    throw new Error(`went in circles, last at ${at.href}`)
  }

  async #send(url: URL, method: string, body?: string): Promise<Answer> {
    const jar = this.#jars.get(url.host) ?? new Map<string, string>()
    this.#jars.set(url.host, jar)
    const headers = {
      host: url.host,
      accept: 'text/html',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-site': method === 'POST' ? 'same-origin' : 'none',
      cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
      ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body) }),
    }
    return new Promise((resolve, reject) => {
      const out = ask({ host: 'localhost', port: url.port, path: url.pathname + url.search, method, headers, agent: false }, (answer) => {
        for (const line of answer.headers['set-cookie'] ?? []) this.#keep(jar, line)
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (chunk: string) => (text += chunk))
        answer.on('end', () => {
          const { location } = answer.headers
          const to = location === undefined ? undefined : new URL(location, url)
          for (const [name, value] of to?.searchParams ?? []) this.carried.set(value, name)
          resolve({ status: answer.statusCode ?? 0, text, to })
        })
      })
      out.on('error', reject)
      out.end(body)
    })
  }
  #keep(jar: Map<string, string>, line: string): void {
    const [pair = '', ...attributes] = line.split(';')
    const at = pair.indexOf('=')
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)]
    this.carried.set(value, name)
    if (attributes.some((attribute) => /^\s*max-age=0$/i.test(attribute))) jar.delete(name)
    else jar.set(name, value)
  }
}
