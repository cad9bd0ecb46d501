/**
 * The server that the model is held against: the authorization server over HTTP,
 * on one node or two, with confidential clients that have two live secrets each
 * and a resource server that asks about tokens.
 *
 * @module
 */

import { openTestVault } from '../keys.ts'
import { answered, basic, buildHouse, form, pkce, testClock, type House, type TestClock } from '../flows/oauth-house.ts'
import type { Recording } from '../record.ts'
import { newId, type ClientId, type SessionId, type UserId } from '#kernel'
import type { Store } from '#store'

const redirectUri = 'https://app.example/cb'
const api = 'https://api.example'
const pair = pkce()
const other = pkce()

export interface Tokens {
  readonly access: string
  readonly refresh: string
}

interface KnownClient {
  readonly id: ClientId
  readonly clientId: string
  readonly secrets: readonly string[]
}

/** What a trace does to it. Each call says at which node. */
export class ModelledServer {
  readonly clock: TestClock
  readonly people: readonly UserId[] = [newId('usr'), newId('usr')]
  readonly #nodes: readonly House[]
  readonly #clients: readonly KnownClient[]
  readonly #resource: string

  private constructor(clock: TestClock, nodes: readonly House[], clients: readonly KnownClient[], resource: string) {
    this.clock = clock
    this.#nodes = nodes
    this.#clients = clients
    this.#resource = resource
    for (const id of this.people) this.#node(0).people.set(id, { username: 'somebody' })
  }

  static async open(stores: readonly Store[], recording: Recording): Promise<ModelledServer> {
    const clock = testClock()
    const vault = openTestVault()
    const nodes: House[] = []
    for (const store of stores) nodes.push(await buildHouse(store, recording, { clock, vault, ...(nodes[0] && { beside: nodes[0] }) }))
    const [first] = nodes
    if (first === undefined) throw new Error('there is no node')
    const clients = [await registerClient(first, 'one'), await registerClient(first, 'two')]
    const { client, secret } = await first.clients.create(first.op(), {
      name: 'API',
      kind: 'confidential',
      grantTypes: ['client_credentials'],
      introspects: [api],
    })
    return new ModelledServer(clock, nodes, clients, basic(client.clientId, secret?.reveal() ?? ''))
  }

  get nodes(): number {
    return this.#nodes.length
  }

  signIn(person: number, endsAtMs: number): { readonly id: SessionId; readonly cookie: string } {
    const { session, cookie } = this.#node(0).signIn(this.people[person] ?? newId('usr'), { endsAtMs })
    return { id: session.id, cookie }
  }

  /** The code, or nothing when the person has to sign in. */
  async authorize(node: number, cookie: string, client: number, isOffline: boolean): Promise<string | undefined> {
    const asked = new URLSearchParams({
      response_type: 'code',
      client_id: this.#client(client).clientId,
      redirect_uri: redirectUri,
      scope: isOffline ? 'api offline_access' : 'api',
      resource: api,
      code_challenge: pair.challenge,
      code_challenge_method: 'S256',
    })
    const got = await this.#node(node).inject({ method: 'GET', url: `/authorize?${asked}`, cookies: { countersign_session: cookie } })
    return answered(got).searchParams.get('code') ?? undefined
  }

  async exchange(node: number, code: string, client: number, knowsVerifier: boolean): Promise<Tokens | undefined> {
    const { verifier } = knowsVerifier ? pair : other
    return this.#token(node, client, 0, { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier })
  }

  async refresh(node: number, token: string, client: number, proof: number): Promise<Tokens | undefined> {
    return this.#token(node, client, proof, { grant_type: 'refresh_token', refresh_token: token })
  }

  async revoke(node: number, token: string, client: number): Promise<void> {
    await this.#node(node).inject(form('/revoke', { token }, this.#proof(client, 0)))
  }

  async endSession(node: number, id: SessionId): Promise<void> {
    await this.#node(node).endSession(id)
  }

  async withdrawConsent(node: number, person: number, client: number): Promise<void> {
    const house = this.#node(node)
    await house.consents.withdraw(house.op(), this.people[person] ?? newId('usr'), this.#client(client).id)
  }

  async isActive(node: number, token: string): Promise<boolean> {
    const answer = await this.#node(node).inject(form('/introspect', { token }, { authorization: this.#resource }))
    return answer.json<{ active: boolean }>().active
  }

  async #token(node: number, client: number, proof: number, asked: Readonly<Record<string, string>>): Promise<Tokens | undefined> {
    const answer = await this.#node(node).inject(form('/token', asked, this.#proof(client, proof)))
    if (answer.statusCode === 200) {
      const { access_token: access, refresh_token: refresh } = answer.json<{ access_token: string; refresh_token: string }>()
      return { access, refresh }
    }
    const { error } = answer.json<{ error: string }>()
    if (answer.statusCode !== 400 || error !== 'invalid_grant') throw new Error(`${answer.statusCode} ${answer.body}`)
    return undefined
  }

  #node(at: number): House {
    const node = this.#nodes[at % this.#nodes.length]
    if (node === undefined) throw new Error('there is no node')
    return node
  }

  #client(at: number): KnownClient {
    const client = this.#clients[at]
    if (client === undefined) throw new Error('there is no such client')
    return client
  }

  #proof(client: number, proof: number): { readonly authorization: string } {
    const { clientId, secrets } = this.#client(client)
    return { authorization: basic(clientId, secrets[proof] ?? '') }
  }
}

async function registerClient(house: House, name: string): Promise<KnownClient> {
  const { client, secret } = await house.clients.create(house.op(), {
    name,
    kind: 'confidential',
    grantTypes: ['authorization_code', 'refresh_token'],
    redirectUris: [redirectUri],
    scopes: ['api', 'offline_access'],
    audiences: [api],
    firstParty: true,
  })
  const second = await house.clients.addSecret(house.op(), client.id)
  return { id: client.id, clientId: client.clientId, secrets: [secret?.reveal() ?? '', second.secret.reveal()] }
}
