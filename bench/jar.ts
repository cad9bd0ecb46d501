/** A browser without eyes: cookies and redirects, as far as a sign-in needs them. @module */

export interface Step {
  readonly status: number
  readonly body: string
  readonly location: URL | undefined
}

const mostSteps = 12

/** The cookies of one origin on loopback. */
export class Jar {
  readonly #origin: string
  readonly #cookies = new Map<string, string>()

  constructor(origin: string) {
    this.#origin = origin
  }

  /** As the header of a request. */
  cookies(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  async send(to: string | URL, form?: Readonly<Record<string, string>>): Promise<Step> {
    const url = new URL(to, this.#origin)
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { accept: 'text/html', cookie: this.cookies(), ...(form === undefined ? {} : { origin: this.#origin }) },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    })
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      const at = pair.indexOf('=')
      this.#cookies.set(pair.slice(0, at), pair.slice(at + 1))
    }
    const location = answer.headers.get('location')
    return { status: answer.status, body: await answer.text(), location: location === null ? undefined : new URL(location, url) }
  }

  /** Goes where it is sent, until that is another origin or a page. */
  async follow(to: string): Promise<Step> {
    let step = await this.send(to)
    for (let turn = 0; turn < mostSteps; turn += 1) {
      if (step.location?.origin !== this.#origin) return step
      step = await this.send(step.location)
    }
    throw new Error(`the walk from ${to} did not end`)
  }
}
