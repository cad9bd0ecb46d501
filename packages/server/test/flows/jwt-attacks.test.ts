/**
 * Every attack of the table on every kind of JWT that is taken, every kind offered
 * where another one is expected, and claims that say what they must not.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, test } from 'node:test'
import { attacks, type Attack } from './jwt-attack-table.ts'
import { badClaims } from './jwt-bad-claims.ts'
import { compact, kinds, type Kind } from './jwt-kinds.ts'

/** Where `jku` and `x5u` point. Nobody may ask there. */
const asked: string[] = []
const trap = createServer((request, response) => {
  asked.push(String(request.url))
  response.end('{"keys":[]}')
})
await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve))
const { port } = trap.address() as { readonly port: number }
after(() => trap.close())

const beginning = (table: Readonly<Record<string, string>>, name: string): string | undefined =>
  Object.entries(table).find(([start]) => name.startsWith(start))?.[1]

const expected = ({ but = {} }: Attack, kind: Kind): string => beginning(but, kind.name) ?? kind.refusal

const refusedFor = ({ refusedClaims = {}, refusal }: Kind, claims: string): string => beginning(refusedClaims, claims) ?? refusal

for (const kind of kinds) {
  test(`${kind.name}: a right one is taken`, async () => assert.equal(await kind.offer(compact(await kind.make())), 'taken'))

  for (const attack of attacks) {
    test(`${kind.name}: ${attack.name}: ${expected(attack, kind)}`, async () => {
      const token = attack.forge(await kind.make(), `http://127.0.0.1:${port}`)
      assert.equal(await kind.offer(token), expected(attack, kind))
    })
  }

  for (const [says, claims] of badClaims(kind.name)) {
    test(`${kind.name}: claims with ${says}: ${refusedFor(kind, says)}`, async () => {
      const made = await kind.make()
      const changed = Object.fromEntries(
        Object.entries({ ...made.claims, ...claims(made.claims) }).filter(([, value]) => value !== undefined),
      )
      assert.equal(await kind.offer(compact({ ...made, claims: changed })), refusedFor(kind, says))
    })
  }

  for (const other of kinds) {
    if (other.takes === kind.takes) continue
    // A proof has no `kid`, so there it is not read as far as its `typ`.
    const refusal = other.takes === 'DPoP proof' ? kind.refusal : kind.otherKind
    test(`${other.name} offered as ${kind.name}: ${refusal}`, async () => {
      assert.equal(await kind.offer(compact(await other.make())), refusal)
    })

    test(`${other.name} with the typ of ${kind.name}, under its own key`, async () => {
      const [ours, theirs] = [await kind.make(), await other.make()]
      const { typ } = ours.header
      const token = compact({ ...theirs, header: { ...theirs.header, typ }, claims: ours.claims })
      assert.notEqual(await kind.offer(token), 'taken')
    })
  }
}

test('nobody asked where a token said that a key was', () => assert.deepEqual(asked, []))
