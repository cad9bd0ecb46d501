import assert from 'node:assert/strict'
import { request as ask } from 'node:http'
import { after, test } from 'node:test'
import { startDemo } from '../product.ts'
import { field, type Person } from '../visitor.ts'

interface Answer {
  readonly status: number
  readonly text: string
  /** Where it sends the browser. */
  readonly to: URL | undefined
}

/**
 * A person's browser without a browser, on several hosts: it keeps cookies by
 * host and says what browsers say of a navigation. Node does not resolve
 * `*.localhost`, so it goes to `localhost` and names the host.
 */
class Wanderer {
  readonly #jars = new Map<string, Map<string, string>>()
  readonly #app: string

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
        for (const line of answer.headers['set-cookie'] ?? []) keep(jar, line)
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (chunk: string) => (text += chunk))
        answer.on('end', () => {
          const { location } = answer.headers
          resolve({ status: answer.statusCode ?? 0, text, to: location === undefined ? undefined : new URL(location, url) })
        })
      })
      out.on('error', reject)
      out.end(body)
    })
  }
}

function keep(jar: Map<string, string>, line: string): void {
  const [pair = '', ...attributes] = line.split(';')
  const at = pair.indexOf('=')
  if (attributes.some((attribute) => /^\s*max-age=0$/i.test(attribute))) jar.delete(pair.slice(0, at))
  else jar.set(pair.slice(0, at), pair.slice(at + 1))
}

/** Where the delete button of the note with this text posts to. */
function deletesAt(html: string, text: string): string {
  const item = html.split('<li').find((one) => one.includes(text)) ?? ''
  return /action="(\/notes\/[^"]+\/delete)"/.exec(item)?.[1] ?? ''
}

const consentsSeen = (text: string): boolean => text.includes('value="allow"')

test(
  'the demo, by plain HTTP: alice writes and deletes, bob reads and is refused with the reason, signing out ends it',
  { timeout: 120_000 },
  async () => {
    const product = await startDemo()
    after(async () => product.stop())
    const { app } = product
    const [alice, bob] = ['alice', 'bob'].map((name) => product.accounts?.find(({ username }) => username === name))
    assert.ok(alice && bob && app !== undefined)

    const hers = new Wanderer(app)
    const list = await hers.arrive('/', alice)
    assert.equal(list.status, 200)
    assert.match(list.text, /name="text"/)
    assert.equal(consentsSeen((await hers.arrive('/', alice)).text), false, 'she is asked for consent once')

    const note = 'The kettle <b>sings</b>'
    const shown = 'The kettle &lt;b&gt;sings&lt;/b&gt;'
    const written = await hers.post('/notes', { text: note })
    assert.deepEqual([written.status, written.to?.pathname], [303, '/'])
    assert.ok((await hers.open('/')).text.includes(shown))

    const his = new Wanderer(app)
    const hisList = await his.arrive('/', bob)
    assert.ok(hisList.text.includes(shown), 'a viewer reads what an editor wrote')
    assert.match(hisList.text, /name="text"/, 'a viewer may try')
    const refused = await his.post('/notes', { text: 'I was never here' })
    assert.equal(refused.status, 403)
    assert.match(refused.text, /Nothing allows viewers to write notes/)
    assert.match(refused.text, /req_[0-9A-Za-z]{22}/)
    const itsButton = deletesAt((await hers.open('/')).text, shown)
    assert.notEqual(itsButton, '')
    assert.equal((await his.post(itsButton)).status, 403, 'a viewer deletes nothing, whatever the page shows')
    const untouched = (await hers.open('/')).text
    assert.equal(untouched.includes('I was never here'), false)
    assert.ok(untouched.includes(shown))

    assert.equal((await hers.post(itsButton)).status, 303)
    assert.equal((await hers.open('/')).text.includes(shown), false)

    const out = await hers.post('/.countersign/sign-out')
    assert.equal(out.status, 303)
    assert.equal((await hers.post('/notes', { text: 'After the end' })).status, 401)
    const again = await hers.open('/')
    assert.equal(again.to?.origin, product.issuer, 'she is sent to sign in')
    assert.equal((await his.open('/')).status, 200, 'nobody else is signed out by it')
    assert.equal((await his.open('/')).text.includes('After the end'), false)
  },
)

test('the demo keeps strangers out of everything but the files of its pages', { timeout: 120_000 }, async () => {
  const product = await startDemo()
  after(async () => product.stop())
  assert.ok(product.app !== undefined)
  const stranger = new Wanderer(product.app)
  assert.equal((await stranger.open('/assets/notes.css')).status, 200)
  assert.equal((await stranger.open('/')).to?.origin, product.issuer)
  assert.equal((await stranger.post('/notes', { text: 'Let me in' })).status, 401)
})
