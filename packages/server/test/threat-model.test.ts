/**
 * The threat model is data, and each threat has a test. Taking the test away, or
 * giving it another name, fails here until somebody has thought about the threat.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'

interface Threat {
  readonly id: string
  readonly asset: string
  readonly attacker: string
  readonly threat: string
  readonly control: string
  readonly test: { readonly file: string; readonly title: string }
}

interface ThreatModel {
  readonly version: number
  readonly assets: Readonly<Record<string, string>>
  readonly attackers: Readonly<Record<string, string>>
  readonly threats: readonly Threat[]
}

const root = fileURLToPath(new URL('../../..', import.meta.url))
const { version, assets, attackers, threats } = parse(readFileSync(`${root}docs/threat-model/threats.yaml`, 'utf8')) as ThreatModel
const keys = ['id', 'asset', 'attacker', 'threat', 'control', 'test']

test('the threat model has the version that this test reads', () => assert.equal(version, 1))

test('each threat has a name of its own', () => {
  const ids = threats.map(({ id }) => id)
  assert.equal(new Set(ids).size, ids.length)
})

for (const threat of threats) {
  const { id, asset, attacker, control, test: proof } = threat
  test(`the threat ${id} is whole, and a test holds its control`, () => {
    assert.deepEqual(Object.keys(threat), keys)
    assert.match(id, /^[a-z]+(-[a-z]+)*$/)
    assert.ok(assets[asset], `${asset} is no asset`)
    assert.ok(attackers[attacker], `${attacker} is no attacker`)
    for (const sentence of [threat.threat, control]) assert.match(sentence, /^[A-Z].+\.$/)
    assert.ok(existsSync(root + proof.file), `${proof.file} is not there`)
    assert.ok(hasTitle(readFileSync(root + proof.file, 'utf8'), proof.title), `${proof.file} has no test "${proof.title}"`)
  })
}

test('no asset and no attacker is there for nothing', () => {
  for (const name of Object.keys(assets))
    assert.ok(
      threats.some(({ asset }) => asset === name),
      name,
    )
  for (const name of Object.keys(attackers))
    assert.ok(
      threats.some(({ attacker }) => attacker === name),
      name,
    )
})

/** A test is named by its whole title, as it is written, or by what one row of its table says. */
function hasTitle(text: string, title: string): boolean {
  return ["'", '"', '`'].some((quote) => text.includes(quote + title + quote))
}
