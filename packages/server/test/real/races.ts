/**
 * The same thing asked of two servers at the same moment, again and again: of
 * each code, refresh token, one-time link, policy activation and ETag exactly one wins.
 *
 *     npm run races -- --rounds 10000
 *
 * @module
 */

import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createRecorder, migrations as auditMigrations } from '#audit'
import { newId, Refusal } from '#kernel'
import type { SourceFile } from '#policy'
import { call } from '#remote'
import { createSetup, migrations as setupMigrations, type Setup } from '#setup'
import { openStore } from '#store'
import { Roamer, startCluster, tokenAt, webClient, type Cluster, type Member } from '../cluster.ts'
import { createDatabase, stopPostgres } from '../postgres.ts'
import { testOperation } from '../store.ts'

const redirect = 'http://127.0.0.1/callback'
const person = { username: 'alice', password: 'several words that do not belong' }

/** A line for so many rounds. */
const step = 500

/** What a long run does and a short one skips. */
type Say = (line: string) => void

/** Runs so many rounds of each race on two servers that are started for it. Throws at the first round that nobody or more than one won. */
export async function race(rounds: number, say: Say = () => {}): Promise<Readonly<Record<string, number>>> {
  const cluster = await startCluster({
    // The referee would take most of the time and decides no race.
    settings: { clients: [webClient(redirect)], log: { level: 'warn' }, referee: { questions: 0 } },
  })
  askedAgain = 0
  try {
    const [one] = cluster.members
    const { id } = await one.admin<{ id: string }>('POST', '/users', person)
    await one.admin('PUT', `/users/${id}/roles/member`)
    const firstAdministrator = await raceForTheFirstAdministrator(cluster)
    // All at once: each waits for answers most of the time, and company makes more orders of things happen.
    const [codes, refreshTokens, etags, [policyReloads, policyActivations], links] = await Promise.all([
      raceForCodes(cluster, rounds, say),
      raceForSuccessors(cluster, rounds, say),
      raceForVersions(cluster, id, rounds, say),
      raceOfPolicies(cluster, rounds, say),
      raceForLinks(rounds, say),
    ])
    return { firstAdministrator, codes, refreshTokens, etags, policyReloads, policyActivations, links }
  } catch (error) {
    for (const { name, product } of cluster.members) say(`${name}: ${product?.log().slice(-10_000) ?? ''}`)
    throw error
  } finally {
    await cluster.stop()
  }
}

async function code(cluster: Cluster, browser: Roamer, scope: string): Promise<{ readonly code: string; readonly code_verifier: string }> {
  const verifier = randomBytes(32).toString('base64url')
  const asked = new URLSearchParams({
    response_type: 'code',
    client_id: 'web',
    redirect_uri: redirect,
    scope,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  const { headers } = await browser.open(() => cluster.members[0], `${cluster.issuer}/authorize?${asked}`, person)
  return { code: new URL(headers.location ?? '').searchParams.get('code') ?? '', code_verifier: verifier }
}

/** A code is good once, wherever it is brought. */
async function raceForCodes(cluster: Cluster, rounds: number, say: Say): Promise<number> {
  const [one, other] = cluster.members
  const browser = new Roamer(cluster)
  for (let round = 1; round <= rounds; round += 1) {
    const form = { grant_type: 'authorization_code', client_id: 'web', redirect_uri: redirect, ...(await code(cluster, browser, 'openid')) }
    const answers = await Promise.all([tokenAt(cluster, one, form), tokenAt(cluster, other, form)])
    const statuses = answers.map(({ status }) => status).sort((left, right) => left - right)
    assert.deepEqual(statuses, [200, 400], `code, round ${round}: ${JSON.stringify(answers)}`)
    if (round % step === 0) say(`codes: ${round}`)
  }
  return rounds
}

/** A refresh token has one successor, whoever is told it. Each round goes on with it. */
async function raceForSuccessors(cluster: Cluster, rounds: number, say: Say): Promise<number> {
  const [one, other] = cluster.members
  const given = await code(cluster, new Roamer(cluster), 'openid offline_access')
  const first = await tokenAt(cluster, one, { grant_type: 'authorization_code', client_id: 'web', redirect_uri: redirect, ...given })
  let token = String(first['refresh_token'])
  for (let round = 1; round <= rounds; round += 1) {
    const form = { grant_type: 'refresh_token', client_id: 'web', refresh_token: token }
    const [here, there] = await Promise.all([tokenAt(cluster, one, form), tokenAt(cluster, other, form)])
    const says = `refresh token, round ${round}: ${JSON.stringify([here, there])}`
    assert.deepEqual([here.status, there.status], [200, 200], says)
    assert.equal(here['refresh_token'], there['refresh_token'], says)
    assert.notEqual(here['refresh_token'], token, says)
    token = String(here['refresh_token'])
    if (round % step === 0) say(`refresh tokens: ${round}`)
  }
  return rounds
}

/** How often somebody refused because it was slow to follow, and was asked again. */
let askedAgain = 0

async function again(): Promise<void> {
  askedAgain += 1
  await wait(100)
}

/** What a gateway says when it decides: one whose server is slow to follow refuses until it has. */
async function decided(browser: Roamer, at: Member, app: string): Promise<string> {
  for (;;) {
    const { status, body } = await browser.send(at, app)
    if (status !== 503) return body
    await again()
  }
}

/** Over the API, and after every twentieth time by the folders, which the store is given back to for that. */
async function raceOfPolicies(cluster: Cluster, rounds: number, say: Say): Promise<readonly [reloads: number, activations: number]> {
  const { members, app } = cluster
  const [one] = members
  const kept = readdirSync(one.policies).map((name) => ({ name, text: readFileSync(join(one.policies, name), 'utf8') }))
  const browser = new Roamer(cluster)
  await browser.open(() => one, app, person)
  let reloads = 0
  for (let round = 1; round <= rounds; round += 1) {
    const winner = await activateTwice(cluster, kept, round)
    if (round % step === 0) say(`policy activations: ${round}, reloads: ${reloads}; asked again: ${askedAgain}`)
    // Looking at both gateways each time would take longer than the race.
    if (round % 20 !== 1) continue
    const said = await sayWhoClosed(cluster, browser)
    assert.deepEqual(said, [winner, winner], `activation, round ${round}`)
    reloads += 1
    await reloadTwice(cluster, browser, reloads)
  }
  return [reloads, rounds]
}

const closing = (by: string): SourceFile => ({
  name: 'closed.cedar',
  text: `@id("closed") @public_reason("Closed by ${by}.") forbid (principal, action, resource);\n`,
})

/** Whose set decides at the gateway of each server. */
async function sayWhoClosed({ members, app }: Cluster, browser: Roamer): Promise<readonly (string | undefined)[]> {
  return Promise.all(members.map(async (member) => /Closed by (\w+ in \w+ \d+)\./.exec(await decided(browser, member, app))?.[1]))
}

/** Two sets over one version of a store: one is active. Returns whose. */
async function activateTwice(cluster: Cluster, kept: readonly SourceFile[], round: number): Promise<string> {
  const says = `activation, round ${round}`
  const [first, second] = [`one in round ${round}`, `other in round ${round}`]
  const set = (by: string): object => ({ files: [...kept, closing(by)] })
  const { json } = await changeTwice(cluster, ['PUT', '/policies/app'], [set(first), set(second)], says)
  return JSON.stringify(json).includes(`Closed by ${first}.`) ? first : second
}

/** Two servers activate what their folders hold, at once: one of the two is active, and both decide by it, at their gateways too. */
async function reloadTwice(cluster: Cluster, browser: Roamer, round: number): Promise<void> {
  const { members } = cluster
  const [one] = members
  const { etag: ifMatch } = await ask(one, { method: 'GET', path: '/policies/app' })
  const released = await ask(one, { method: 'POST', path: '/policies/app/release', ifMatch })
  assert.equal(released.status, 200, JSON.stringify(released.json))
  for (const { name, policies } of members) {
    const { name: file, text } = closing(`${name} in reload ${round}`)
    writeFileSync(join(policies, file), text)
  }
  const reloaded = await Promise.all(members.map(async (member) => ask(member, { method: 'POST', path: '/policies/reload' })))
  for (const { status, json } of reloaded) assert.equal(status, 200, JSON.stringify(json))
  const said = await sayWhoClosed(cluster, browser)
  const says = `reload ${round}: ${JSON.stringify(said)}`
  assert.match(said[0] ?? '', new RegExp(`in reload ${round}$`), says)
  assert.equal(said[0], said[1], says)
}

type ApiAnswer = Awaited<ReturnType<typeof call>>

/** Asks a server over its socket, as the machine's owner. One that is slow to follow the policies refuses everything (503) until it has, and has done nothing. */
async function ask(at: Member, asked: Parameters<typeof call>[1]): Promise<ApiAnswer> {
  for (;;) {
    const answer = await call({ socket: join(at.dataDir, 'admin.sock') }, { ...asked, path: `/admin/v1${asked.path}` })
    if (answer.status !== 503) return answer
    await again()
  }
}

/** Two who saw the same version and change it at once, each at another server: one does, and what both read then is theirs. Returns the winner's answer. */
async function changeTwice(
  { members: [one, other] }: Cluster,
  [method, path]: readonly ['PATCH' | 'PUT', string],
  changes: readonly [unknown, unknown],
  says: string,
): Promise<ApiAnswer> {
  const { etag: ifMatch } = await ask(one, { method: 'GET', path })
  const answers = await Promise.all([one, other].map(async (member, at) => ask(member, { method, path, json: changes[at], ifMatch })))
  const statuses = answers.map(({ status }) => status)
  assert.deepEqual(
    [...statuses].sort((one, other) => one - other),
    [200, 412],
    `${says}: ${JSON.stringify(answers.map(({ status, json }) => ({ status, json })))}`,
  )
  const won = answers[statuses.indexOf(200)]
  const read = await Promise.all([one, other].map(async (member) => ask(member, { method: 'GET', path })))
  for (const { etag, json } of read) assert.deepEqual([etag, json], [won?.etag, won?.json], says)
  if (won === undefined || won.etag === ifMatch) throw new Error(`${says}: the version stayed`)
  return won
}

/** A client, a group and a user in turn. */
async function raceForVersions(cluster: Cluster, user: string, rounds: number, say: Say): Promise<number> {
  const [one] = cluster.members
  const group = await one.admin<{ id: string }>('POST', '/groups', { name: 'Racers' })
  const { client } = await one.admin<{ client: { id: string } }>('POST', '/clients', {
    clientId: 'raced',
    name: 'Raced',
    kind: 'public',
    redirectUris: [redirect],
    grantTypes: ['authorization_code'],
    scopes: ['openid'],
  })
  const things = [
    { path: `/clients/${client.id}`, named: (name: string) => ({ name }) },
    { path: `/groups/${group.id}`, named: (name: string) => ({ name }) },
    { path: `/users/${user}`, named: (name: string) => ({ name }) },
  ]
  for (let round = 1; round <= rounds; round += 1) {
    const { path, named } = things[round % things.length] ?? assert.fail()
    await changeTwice(cluster, ['PATCH', path], [named(`One ${round}`), named(`Other ${round}`)], `version of ${path}, round ${round}`)
    if (round % step === 0) say(`versions: ${round}`)
  }
  return rounds
}

/** The real link, at both servers at once. It works once in the life of a database. */
async function raceForTheFirstAdministrator(cluster: Cluster): Promise<number> {
  const both = cluster.members.map(async (member) =>
    new Roamer(cluster).send(member, '/setup', { token: cluster.setupToken, username: `owner-${member.name}`, password: person.password }),
  )
  const statuses = (await Promise.all(both)).map(({ status }) => status).sort((left, right) => left - right)
  assert.equal(statuses[0], 200, `the link was refused by both: ${statuses.join()}`)
  assert.notEqual(statuses[1], 200, 'the link made two administrators')
  return 1
}

/** A link that is made anew each round, by two stores that know nothing of each other. */
async function raceForLinks(rounds: number, say: Say): Promise<number> {
  const { url } = await createDatabase()
  const recorder = createRecorder()
  const open = async () => openStore({ kind: 'postgres', url, migrations: [auditMigrations, setupMigrations], recorder })
  const stores = [await open(), await open()]
  try {
    const [first] = stores
    if (first === undefined) throw new Error('no store')
    const op = testOperation(first.defaultTenant)
    let made = 0
    const createOwner = async (): Promise<ReturnType<typeof newId<'usr'>>> => {
      made += 1
      return Promise.resolve(newId('usr'))
    }
    const setups: readonly Setup[] = stores.map((store) => createSetup({ store, hasOwner: () => Promise.resolve(false), createOwner }))
    for (let round = 1; round <= rounds; round += 1) {
      const token = (await setups[round % 2]?.issueLink(op)) ?? ''
      made = 0
      const outcomes = await Promise.allSettled(setups.map(async (setup) => setup.finish(op, token, person)))
      const lost = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []))
      assert.equal(made, 1, `link, round ${round}: made ${made} administrators`)
      assert.equal(lost.length, 1, `link, round ${round}`)
      assert.ok(lost[0] instanceof Refusal && lost[0].code === 'setup.link_not_valid', String(lost[0]))
      if (round % step === 0) say(`links: ${round}`)
    }
    return rounds
  } finally {
    await Promise.all(stores.map(async (store) => store.close()))
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '10000' } } })
  const began = performance.now()
  try {
    const won = await race(Number(values.rounds), (line) => console.log(line))
    console.log(JSON.stringify({ ...won, seconds: Math.round((performance.now() - began) / 1000) }))
  } finally {
    await stopPostgres()
  }
}
