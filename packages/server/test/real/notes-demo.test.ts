import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startDemo } from '../product.ts'
import { locationOf, Traveller } from '../traveller.ts'

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

    const at = (path: string): URL => new URL(path, app)
    const hers = new Traveller()
    const list = await hers.open(at('/'), alice)
    assert.equal(list.status, 200)
    assert.match(list.text, /name="text"/)
    assert.equal(consentsSeen((await hers.open(at('/'), alice)).text), false, 'she is asked for consent once')

    const note = 'The kettle <b>sings</b>'
    const shown = 'The kettle &lt;b&gt;sings&lt;/b&gt;'
    const written = await hers.ask(at('/notes'), { form: { text: note } })
    assert.deepEqual([written.status, locationOf(written)?.pathname], [303, '/'])
    assert.ok((await hers.ask(at('/'))).text.includes(shown))

    const his = new Traveller()
    const hisList = await his.open(at('/'), bob)
    assert.ok(hisList.text.includes(shown), 'a viewer reads what an editor wrote')
    assert.match(hisList.text, /name="text"/, 'a viewer may try')
    const refused = await his.ask(at('/notes'), { form: { text: 'I was never here' } })
    assert.equal(refused.status, 403)
    assert.match(refused.text, /Nothing allows viewers to write notes/)
    assert.match(refused.text, /req_[0-9A-Za-z]{22}/)
    const itsButton = deletesAt((await hers.ask(at('/'))).text, shown)
    assert.notEqual(itsButton, '')
    assert.equal((await his.ask(at(itsButton), { form: {} })).status, 403, 'a viewer deletes nothing, whatever the page shows')
    const untouched = (await hers.ask(at('/'))).text
    assert.equal(untouched.includes('I was never here'), false)
    assert.ok(untouched.includes(shown))

    assert.equal((await hers.ask(at(itsButton), { form: {} })).status, 303)
    assert.equal((await hers.ask(at('/'))).text.includes(shown), false)

    const out = await hers.ask(at('/.countersign/sign-out'), { form: {} })
    assert.equal(out.status, 303)
    assert.equal((await hers.ask(at('/notes'), { form: { text: 'After the end' } })).status, 401)
    const again = await hers.ask(at('/'))
    assert.equal(locationOf(again)?.origin, product.issuer, 'she is sent to sign in')
    assert.equal((await his.ask(at('/'))).status, 200, 'nobody else is signed out by it')
    assert.equal((await his.ask(at('/'))).text.includes('After the end'), false)
  },
)

test('the demo keeps strangers out of everything but the files of its pages', { timeout: 120_000 }, async () => {
  const product = await startDemo()
  after(async () => product.stop())
  assert.ok(product.app !== undefined)
  const { app } = product
  const at = (path: string): URL => new URL(path, app)
  const stranger = new Traveller()
  assert.equal((await stranger.ask(at('/assets/notes.css'))).status, 200)
  assert.equal(locationOf(await stranger.ask(at('/')))?.origin, product.issuer)
  assert.equal((await stranger.ask(at('/notes'), { form: { text: 'Let me in' } })).status, 401)
})
