/**
 * The walk in a real browser: a person opens the app, signs in, is let in or
 * refused with a reason, is signed out from outside, and the record tells it.
 *
 * @module
 */

import assert from 'node:assert/strict'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { newVisitor, signInAs } from '../browser.ts'
import { checkPage } from '../page-faults.ts'
import { countersign } from '../product.ts'
import type { Person } from '../visitor.ts'

export interface Walkers {
  readonly browser: Browser
  /** Where the app is, as browsers see it. */
  readonly app: string
  readonly issuer: string
  /** The data directory, whose socket administers. */
  readonly dataDir: string
  readonly alice: Person
  readonly bob: Person
  readonly unsafelyAcceptCertificates?: true
}

interface Listed {
  readonly items: readonly Readonly<Record<string, string>>[]
}

/** A page that hangs is a failure, and not the test's time-out. */
const patienceMs = 20_000

/** Walks. Throws at the first step that is not as a person would expect it. */
export async function walk(walkers: Walkers): Promise<void> {
  const { browser, app, issuer, dataDir, alice, bob } = walkers
  const wishes = walkers.unsafelyAcceptCertificates === undefined ? {} : { unsafelyAcceptCertificates: true as const }
  const note = `The kettle sings, ${Date.now()}`

  const hers = await newVisitor(browser, wishes)
  const herPage = await open(hers, app)
  assert.ok(herPage.url().startsWith(`${issuer}/sign-in`), `a stranger was shown ${herPage.url()}`)
  await checkPage(herPage, 'walk-sign-in')
  await signInToNotes(herPage, alice, app)
  await herPage.fill('[name="text"]', note)
  await Promise.all([herPage.waitForURL(`${app}/**`), herPage.press('[name="text"]', 'Enter').then(async () => submitIfStill(herPage))])
  await herPage.getByText(note).waitFor()
  await checkPage(herPage, 'walk-notes')

  const his = await newVisitor(browser, wishes)
  const hisPage = await open(his, app)
  await signInToNotes(hisPage, bob, app)
  await hisPage.getByText(note).waitFor()
  await hisPage.fill('[name="text"]', 'I was never here')
  await submitIfStill(hisPage)
  await hisPage.getByRole('heading', { level: 1 }).waitFor()
  await checkPage(hisPage, 'walk-refused')
  const refusal = (await hisPage.textContent('main')) ?? ''
  assert.match(refusal, /Nothing allows viewers to write notes/)
  assert.match(refusal, /bob/)
  assert.match(refusal, /req_[0-9A-Za-z]{22}/)
  await hisPage.goto(app)
  assert.equal(await hisPage.getByText('I was never here').count(), 0)

  await openLive(herPage, app)
  const session = await sessionOf(dataDir, alice.username)
  await run(['sessions', 'end', session, '--data', dataDir])
  const afterwards = await herPage.evaluate(async () => {
    const answer = await fetch('/', { redirect: 'manual', headers: { accept: 'text/html' } })
    return { type: answer.type, status: answer.status }
  })
  assert.deepEqual(afterwards, { type: 'basic', status: 401 }, 'the first request after the session was ended was let in')
  const cut = await herPage.evaluate(async (ms) => {
    const { liveEnded } = globalThis as unknown as { liveEnded: Promise<string> }
    return Promise.race([liveEnded, new Promise<string>((resolve) => setTimeout(() => resolve('still open'), ms))])
  }, 2000)
  assert.equal(cut, 'closed')
  await herPage.goto(app)
  assert.ok(herPage.url().startsWith(`${issuer}/sign-in`), 'she is asked to sign in again')
  // The other person is not touched by it.
  await hisPage.goto(app)
  await hisPage.getByText(note).waitFor()

  await tellsTheStory(dataDir, app, session)
  await Promise.all([hers.close(), his.close()])
}

async function open(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage()
  page.setDefaultTimeout(patienceMs)
  await page.goto(url)
  return page
}

async function signInToNotes(page: Page, person: Person, app: string): Promise<void> {
  await signInAs(page, person, app, async () => checkPage(page, 'walk-consent'))
  await page.waitForSelector('[name="text"]')
}

/** Forms work by their button where Enter only makes a new line. */
async function submitIfStill(page: Page): Promise<void> {
  const form = page.locator('form:has([name="text"])')
  if ((await form.count()) > 0 && (await page.inputValue('[name="text"]')) !== '') await form.locator('button').first().click()
}

/** Opens a WebSocket in the page; `liveEnded` settles when the other side ends it. */
async function openLive(page: Page, app: string): Promise<void> {
  await page.evaluate(
    async (address) =>
      new Promise<void>((resolve, reject) => {
        const socket = new WebSocket(address)
        const here = globalThis as unknown as { liveEnded: Promise<string> }
        here.liveEnded = new Promise((settle) => socket.addEventListener('close', () => settle('closed')))
        socket.addEventListener('open', () => resolve())
        socket.addEventListener('error', () => reject(new Error('the WebSocket did not open')))
      }),
    `${app.replace(/^http/, 'ws')}/live`,
  )
}

async function sessionOf(dataDir: string, username: string): Promise<string> {
  const { items } = (await run(['sessions', 'list', '--data', dataDir])) as Listed
  const id = items.find((session) => session['username'] === username)?.['id']
  assert.ok(id, `${username} has no session`)
  return id
}

/** The record tells the story in its order, and verifies. */
async function tellsTheStory(dataDir: string, app: string, session: string): Promise<void> {
  const { items } = (await run(['audit', 'list', '--limit', '200', '--data', dataDir])) as Listed
  const oldestFirst = items.toReversed().map(({ what, about, outcome }) => `${what} ${about} ${outcome}`)
  const story = [
    `session.started ${session} done`,
    `gateway.signed_in ${app} done`,
    'consent.given',
    `gateway.allowed ${app}/notes allowed`,
    `gateway.refused ${app}/notes refused`,
    `session.ended ${session} done`,
  ]
  let from = 0
  for (const step of story) {
    const at = oldestFirst.findIndex((line, place) => place >= from && line.startsWith(step))
    assert.ok(
      at >= from,
      `the record does not tell of "${step}" after ${oldestFirst[from - 1] ?? 'its beginning'}:\n${oldestFirst.join('\n')}`,
    )
    from = at + 1
  }
  const verified = (await run(['audit', 'verify', '--data', dataDir])) as { readonly ok: boolean }
  assert.equal(verified.ok, true)
}

async function run(words: readonly string[]): Promise<unknown> {
  const { code, out, err } = await countersign([...words, '--json'])
  assert.equal(code, 0, `countersign ${words.join(' ')}: ${err}`)
  return JSON.parse(out)
}
