/**
 * A system with people, tokens and sessions, as an operator runs it, to be
 * backed up, lost and brought back.
 *
 * @module
 */

import assert from 'node:assert/strict'
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after } from 'node:test'
import { countersign, freePort, startProduct, temporaryFolder, type Product } from './product.ts'
import { runCommand } from './terminal.ts'
import { exchange, signIn, Visitor, type CodeClient, type Person, type TokenAnswer } from './visitor.ts'

const secret = 'cs1_a-secret-of-the-drill-0123456789abcdefghij'
const redirect = 'http://127.0.0.1/callback'

/** The client of the drill: a web app with offline access. */
export const web: CodeClient = { client_id: 'web', client_secret: secret, redirect_uri: redirect, scope: 'openid profile offline_access' }

export interface System {
  readonly folder: string
  readonly config: string
  readonly data: string
  readonly rootKey: string
  readonly issuer: string
  start(): Promise<Product>
  /** Runs a command of the program with this system's environment. */
  run(words: readonly string[], input?: string): ReturnType<typeof countersign>
  /** A command over the socket, in this process; its result. */
  ask(...words: readonly string[]): Promise<unknown>
  createUser(name: string, ...more: readonly string[]): Promise<string>
}

export const passwordOf = (name: string): string => `several words that belong to ${name}`
export const personOf = (username: string): Person => ({ username, password: passwordOf(username) })

/** Makes the configuration and the database; nothing runs yet. */
export async function makeSystem(database?: string): Promise<System> {
  const folder = temporaryFolder('restorable')
  const port = await freePort()
  const issuer = `http://localhost:${port}`
  const env: Record<string, string> = database === undefined ? {} : { COUNTERSIGN_DATABASE_URL: database }
  const run = async (words: readonly string[], input = ''): ReturnType<typeof countersign> => countersign(words, input, env)
  const made = await run(['init', '--issuer', issuer, '--listen', `localhost:${port}`, '--folder', folder])
  assert.equal(made.code, 0, made.err)
  const config = join(folder, 'countersign.yaml')
  const data = join(folder, 'data')
  writeFileSync(join(folder, 'secret'), secret, { mode: 0o600 })
  const client = { clientId: 'web', name: 'Web', kind: 'confidential', secretFile: join(folder, 'secret'), redirectUris: [redirect] }
  const grants = {
    grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
    scopes: ['openid', 'profile', 'offline_access'],
  }
  appendFileSync(config, `clients:\n  - ${JSON.stringify({ ...client, ...grants })}\npasswords:\n  memoryKibibytes: 19456\n  passes: 1\n`)
  const ask = async (...words: readonly string[]): Promise<unknown> => {
    const { code, out, err } = await runCommand([...words, '--json', '--data', data])
    assert.equal(code, 0, `${words.join(' ')}: ${err}${out}`)
    return JSON.parse(out)
  }
  return {
    folder,
    config,
    data,
    rootKey: join(folder, 'root.key'),
    issuer,
    run,
    ask,
    start: async () => {
      const product = await startProduct(['--config', config, '--server-only'], env)
      after(() => product.child.kill('SIGKILL'))
      return product
    },
    createUser: async (name, ...more) => {
      const words = ['users', 'create', name, '--password-stdin', '--json', '--data', data, ...more]
      const { code, out, err } = await runCommand(words, `${passwordOf(name)}\n`)
      assert.equal(code, 0, err)
      return (JSON.parse(out) as { readonly id: string }).id
    },
  }
}

/** Everything that a signed-in person and their app hold. */
export interface Held {
  readonly visitor: Visitor
  readonly tokens: TokenAnswer
}

export async function signInAs(system: System, username: string): Promise<Held> {
  const visitor = new Visitor(system.issuer)
  const tokens = await signIn(visitor, web, personOf(username))
  assert.equal(tokens.status, 200)
  return { visitor, tokens }
}

/** Which of the things that somebody holds are still accepted, each by the server's own answer. */
export async function whatLives(system: System, { visitor, tokens }: Held): Promise<readonly string[]> {
  const userinfo = await fetch(`${system.issuer}/userinfo`, { headers: { authorization: `Bearer ${tokens.access_token ?? ''}` } })
  const query = new URLSearchParams({ response_type: 'code', client_id: web.client_id, redirect_uri: redirect, scope: 'openid' })
  query.set('code_challenge', 'a'.repeat(43))
  query.set('code_challenge_method', 'S256')
  query.set('prompt', 'none')
  const silent = await visitor.get(`/authorize?${query.toString()}`)
  const refreshed = await exchange(system.issuer, web, { grant_type: 'refresh_token', refresh_token: tokens.refresh_token ?? '' })
  return [
    ...(userinfo.status === 200 ? ['access token'] : []),
    ...(silent.location?.searchParams.has('code') === true ? ['session'] : []),
    ...(refreshed.status === 200 ? ['refresh token'] : []),
  ]
}
