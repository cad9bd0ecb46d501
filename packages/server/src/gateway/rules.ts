/**
 * The policy sets of the gateway's apps, and decisions by them in memory.
 *
 * @module
 */

import { readPolicyStoreName, Unavailable, type ClientIdentifier, type UserPrincipal } from '#kernel'
import {
  createReceivingEngine,
  decide,
  findAskMistake,
  type Ask,
  type CompiledSet,
  type Confirm,
  type Decision,
  type Difference,
  type ReceivingEngine,
  type RequestFacts,
  type SentSet,
} from '#policy'
import type { SessionView } from './channel/contract.ts'
import { readFields } from './channel/read.ts'
import type { GatewayHost, GatewayRoute } from './config.ts'

/** What a route is asked about that names nothing. */
const everything = { type: 'App', id: 'app' } as const

export class Rules {
  readonly #engine: ReceivingEngine
  #sets: ReadonlyMap<string, CompiledSet> | undefined

  constructor(engine: ReceivingEngine = createReceivingEngine()) {
    this.#engine = engine
  }

  /** Whether anything can be decided. */
  get isLoaded(): boolean {
    return this.#sets !== undefined
  }

  /** Puts other sets into effect. Throws when any of them is no good: then nothing is decided any more. What decides already is not read again. */
  load(value: unknown): void {
    const before = this.#sets
    this.#sets = undefined
    const setOf = (sent: SentSet): CompiledSet | undefined => {
      const known = before?.get(sent.store)
      return known?.digest === sent.digest ? known : this.#engine.receive(sent)
    }
    const sets = Array.isArray(value) ? value.map((entry) => setOf(readSet(entry))) : [undefined]
    const good = sets.filter((set) => set !== undefined)
    if (good.length !== sets.length) throw new Error('a policy set that the server sent is no good')
    this.#sets = new Map(good.map((set) => [set.store, set]))
  }

  /** Decides. Throws `Unavailable` when the host's store was not sent. */
  decide(host: GatewayHost, route: GatewayRoute, view: SessionView, facts: RequestFacts): Decision {
    return decide(this.#engine, this.#require(host), askOf(host, route, view, facts))
  }

  /** {@link Rules.decide}, confirmed by whoever is asked besides. */
  async confirmed(confirm: Confirm | undefined, question: Question, tell: (difference: Difference) => void): Promise<Decision> {
    const { host, route, view, facts } = question
    const decision = this.decide(host, route, view, facts)
    return confirm === undefined ? decision : confirm(this.#require(host), askOf(host, route, view, facts), decision, tell)
  }

  #require({ policyStore }: GatewayHost): CompiledSet {
    const set = this.#sets?.get(policyStore)
    if (set === undefined) throw new Unavailable('policies')
    return set
  }

  /** Routes that can never be allowed because they ask what their store does not know. For the log. */
  mistakesIn(hosts: readonly GatewayHost[]): readonly string[] {
    return hosts.flatMap((host) => {
      const set = this.#sets?.get(host.policyStore)
      if (set === undefined) return [`${host.origin}: the policy store ${host.policyStore} is not there`]
      return host.routes.flatMap(({ path, action, resource }) => {
        const mistake = action === undefined ? undefined : findAskMistake(set, action, (resource ?? everything).type)
        return mistake === undefined ? [] : [`${host.origin}${path}: ${mistake}`]
      })
    })
  }
}

export interface Question {
  readonly host: GatewayHost
  readonly route: GatewayRoute
  readonly view: SessionView
  readonly facts: RequestFacts
}

function askOf(host: GatewayHost, route: GatewayRoute, view: SessionView, facts: RequestFacts): Ask {
  const { roles, groups } = view
  return { principal: principalOf(host, view), roles, groups, action: route.action ?? '', resource: route.resource ?? everything, facts }
}

export function principalOf(host: GatewayHost, { user, id, acr, amr, authTimeMs }: SessionView): UserPrincipal {
  const client = host.clientId as ClientIdentifier
  return { is: 'user', id: user, session: id, client, proof: { acr, amr, authTimeMs }, credential: { kind: 'session' } }
}

function readSet(value: unknown): SentSet {
  const fields = readFields(value)
  const { digest, content, compiler, compiled } = fields ?? {}
  const store = readPolicyStoreName(String(fields?.['store']))
  const isWhole = typeof digest === 'string' && typeof content === 'string' && typeof compiler === 'string' && typeof compiled === 'string'
  if (store === undefined || !isWhole) throw new Error('the server sent something that is no policy set')
  return { store, digest, content, compiler, compiled }
}
