import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fill, fillRich, messages } from './messages.en.ts'
import { createPages } from './pages.ts'
import { renderRefusalPage } from './refusal-page.ts'
import { waitWords } from './wait-words.ts'

const hostile = `"><script>alert(1)</script><b a='b'>{name}&amp;`
const pages = createPages({ base: '/id', brand: hostile })
const field = { name: hostile, value: hostile }

const all = {
  'sign-in': pages.signIn({ app: hostile, state: hostile, username: hostile, problem: hostile }),
  consent: pages.consent({
    app: hostile,
    redirectUri: 'https://app.example/cb',
    scopes: ['profile', 'email', hostile],
    claims: ['name', hostile],
    details: [{ says: `${hostile} {a}`, members: ['a', 'b'].map((path) => ({ path, label: hostile, values: [hostile, true, null] })) }],
    state: hostile,
    person: { username: hostile, name: hostile, email: hostile },
  }),
  'signed-in': pages.signedIn({ username: hostile }),
  'sign-out': pages.signOut({ action: hostile, fields: [field] }),
  'signed-out': pages.signedOut(),
  refused: pages.refused({ heading: hostile, sentences: [hostile], facts: [field], action: { label: hostile, href: `/x${hostile}` } }),
  'refusal page': renderRefusalPage({
    status: 403,
    heading: hostile,
    sentence: hostile,
    requestId: hostile,
    facts: [field],
    stylesheet: hostile,
  }),
}

for (const [name, html] of Object.entries(all)) {
  test(`nothing that others wrote becomes markup: ${name}`, () => {
    assert.doesNotMatch(html, /<script|<b /)
    assert.equal(html.match(/<html/g)?.length, 1)
    assert.equal(html.split('&lt;script&gt;').length > 1, true, 'it is shown as text')
  })

  test(`no style, no script, no dead link: ${name}`, () => {
    assert.doesNotMatch(html, /<style|\sstyle=|<script|\son[a-z]+=|href="#"|undefined|\[object/)
    assert.match(html, /^<!doctype html>\n<html lang="en">/)
    assert.equal(html.match(/<h1>/g)?.length, 1)
  })
}

test('pages lie below the base', () => {
  const html = pages.signIn({ username: '' })
  assert.match(html, /action="\/id\/sign-in"/)
  assert.match(html, /href="\/id\/assets\/countersign\.css\?v=[A-Za-z0-9_-]{16}"/)
  assert.match(pages.signedOut(), /href="\/id\/sign-in"/)
})

const links = [
  { href: '/notes', linked: true },
  { href: 'https://notes.example/', linked: true },
  { href: 'http://notes.localhost:9001/', linked: true },
  { href: 'javascript:alert(1)', linked: false },
  { href: 'data:text/html,x', linked: false },
  { href: '//evil.example', linked: false },
  { href: '/\\evil.example', linked: false },
  { href: 'notes', linked: false },
] as const

for (const { href, linked } of links) {
  test(`a way on to ${href} is ${linked ? '' : 'not '}linked`, () => {
    const html = pages.refused({ heading: 'x', sentences: [], action: { label: 'On', href } })
    assert.equal(html.includes('<a class="button"'), linked)
  })
}

test('a slot is filled once: what fills it is not read as a text with slots', () => {
  assert.equal(fill('sign_in.heading_app', { app: '{app} & {other}' }), 'Sign in to {app} & {other}')
  assert.equal(
    fillRich('consent.lead', { app: '{place}', place: '<i>' }),
    '<strong><bdi>{place}</bdi></strong> at <strong><bdi>&lt;i&gt;</bdi></strong> wants to:',
  )
})

test('what others wrote turns around nothing that stands beside it', () => {
  const html = pages.consent({
    app: 'חנות',
    redirectUri: 'https://app.example/cb',
    scopes: [],
    claims: ['name'],
    details: [{ says: 'Pay {a}', members: ['a', 'b'].map((path) => ({ path, label: path, values: ['אבג'] })) }],
    state: 'x',
    person: { username: 'alice', name: 'עליזה' },
  })
  const [, body = ''] = html.split('<h1>')
  const written = [...body.matchAll(/(<bdi>)?[א-ת]+(<\/bdi>)?/g)]
  assert.equal(written.length, 5)
  for (const [text, before, after] of written) assert.ok(before !== undefined && after !== undefined, text)
})

test('every text is a plain sentence: no exclamation, no markup', () => {
  for (const [key, text] of Object.entries(messages)) assert.doesNotMatch(text, /[!<>]|oops/i, key)
})

const waits = [
  { seconds: 0, words: 'There were too many attempts. Wait 2 seconds, then try again.' },
  { seconds: 119, words: 'There were too many attempts. Wait 119 seconds, then try again.' },
  { seconds: 120, words: 'There were too many attempts. Wait 2 minutes, then try again.' },
  { seconds: 121, words: 'There were too many attempts. Wait 3 minutes, then try again.' },
] as const

for (const { seconds, words } of waits) {
  test(`${seconds} s are said as a person would`, () => assert.equal(waitWords(seconds), words))
}
