/** A signing key that is rotated on one of two servers: neither ever refuses what the other signed. */

import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from 'jose'
import { reach, startCluster, tokenAt, type Cluster, type Member } from '../cluster.ts'
import { missingPostgres, stopPostgresAfterwards } from '../postgres.ts'

stopPostgresAfterwards()

/** A server reads every ten seconds what another has rotated. */
const heardWithinMs = 11_000

suite('keys of two servers', { skip: missingPostgres(), timeout: 180_000 }, () => {
  let cluster: Cluster
  let one: Member
  let other: Member
  let secret: string

  before(async () => {
    cluster = await startCluster()
    ;[one, other] = cluster.members
    const made = await one.admin<{ secret: string }>('POST', '/clients', {
      clientId: 'robot',
      name: 'Robot',
      kind: 'confidential',
      grantTypes: ['client_credentials'],
      scopes: [],
      audiences: [`${cluster.issuer}/admin`],
    })
    ;({ secret } = made)
  })
  after(async () => cluster.stop())

  async function token(at: Member): Promise<string> {
    const answer = await tokenAt(cluster, at, { grant_type: 'client_credentials', client_id: 'robot', client_secret: secret })
    assert.equal(answer.status, 200, JSON.stringify(answer))
    return String(answer['access_token'])
  }

  async function published(at: Member): Promise<JSONWebKeySet> {
    return JSON.parse((await reach(at.port, new URL('/jwks', cluster.issuer))).body) as JSONWebKeySet
  }

  const signerOf = (jwt: string): string => decodeProtectedHeader(jwt).kid ?? ''
  const idsOf = ({ keys }: JSONWebKeySet): readonly string[] => keys.map(({ kid = '' }) => kid)

  /** Known, and not permitted: 403. A token that is not believed is 401. */
  async function believes(at: Member, jwt: string): Promise<void> {
    const url = new URL('/admin/v1/users', cluster.issuer)
    assert.equal((await reach(at.port, url, { headers: { authorization: `Bearer ${jwt}` } })).status, 403, at.name)
    await jwtVerify(jwt, createLocalJWKSet(await published(at)), { issuer: cluster.issuer })
  }

  test('one that is rotated on one signs there at once, is believed and published by the other at once, and signs there within the stated time', async () => {
    const before = await token(one)
    assert.equal(signerOf(await token(other)), signerOf(before))
    const ahead = idsOf(await published(other))

    await one.admin('POST', '/keys/access-token/rotate')
    const rotatedMs = performance.now()
    const fresh = await token(one)
    assert.notEqual(signerOf(fresh), signerOf(before))
    assert.ok(ahead.includes(signerOf(fresh)), 'the other published it before it signed')
    for (const at of [one, other]) for (const jwt of [before, fresh]) await believes(at, jwt)

    for (;;) {
      const theirs = await token(other)
      for (const at of [one, other]) await believes(at, theirs)
      if (signerOf(theirs) === signerOf(fresh)) break
      assert.equal(signerOf(theirs), signerOf(before))
      assert.ok(performance.now() - rotatedMs < heardWithinMs, 'the other still signs with the former key')
      await wait(100)
    }
    const [here, there] = [idsOf(await published(one)), idsOf(await published(other))]
    assert.deepEqual([...there].sort(), [...here].sort())
    for (const kid of [signerOf(before), signerOf(fresh)]) assert.ok(here.includes(kid))
    for (const at of [one, other]) await believes(at, before)
  })
})
