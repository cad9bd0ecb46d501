/**
 * The referee: Cedar's WebAssembly build, which answers as the engine does or
 * shows that one of the two is wrong.
 *
 * INVARIANT (bounded): at most {@link maxPrepared} sets stay parsed inside the
 * build, whatever is compiled; one that was pushed out is parsed again when it
 * is asked.
 *
 * @module
 */

import {
  unanswerable,
  type AuthorizationRequest,
  type CompiledSet,
  type Entity,
  type ErringPolicy,
  type Evaluation,
  type PolicyEngine,
  type PolicyId,
} from './engine.ts'
import { findUnfit } from './value.ts'
import { Cedar, CedarTrapped, type Answered, type PreparedCall } from './wasm.ts'

/** More stores than a server has; each parsed set takes some ten times its text. */
const maxPrepared = 32
const slotNames: readonly string[] = Array.from({ length: maxPrepared }, (_, number) => `slot ${number}`)

export type Referee = Pick<PolicyEngine, 'evaluate'>

/** The referee. The build is loaded at the first question. */
export function createReferee(prepared: CedarInstances = new CedarInstances()): Referee {
  return { evaluate: (set, request, entities) => evaluate(prepared, set, request, entities) }
}

function evaluate(prepared: CedarInstances, set: CompiledSet, request: AuthorizationRequest, entities: readonly Entity[]): Evaluation {
  const unfit = findUnfit(request, entities)
  if (unfit !== undefined) return unanswerable(unfit)
  const { principal, action, resource, context } = request
  const answered = prepared.authorize(set, {
    principal,
    action,
    resource,
    context: context as PreparedCall['context'],
    entities: entities as PreparedCall['entities'],
  })
  if (answered.is === 'not asked') return unanswerable(answered.says)
  return {
    decision: answered.decision,
    reasons: answered.reasons.map((id) => id as PolicyId).sort(),
    erring: answered.errors.map(({ policy, error }): ErringPolicy => {
      const id = policy as PolicyId
      return { policy: id, effect: set.policies.get(id)?.effect ?? 'forbid', error }
    }),
  }
}

/** The one instance of the build, and which sets it holds. */
export class CedarInstances {
  #cedar: Cedar | undefined
  /** Slots by digest, least recently asked first. A digest is enough: the content it is the hash of names its store. */
  readonly #slots = new Map<string, string>()

  authorize(set: CompiledSet, call: PreparedCall): Answered {
    try {
      const cedar = this.instance()
      return cedar.authorize(this.#slot(cedar, set), call)
    } catch (error) {
      if (error instanceof CedarTrapped) return { is: 'not asked', says: 'the evaluator gave up' }
      throw error
    }
  }

  /** The instance at hand, or a new one that holds nothing yet when that one is spent. */
  instance(): Cedar {
    if (this.#cedar === undefined || this.#cedar.spent) {
      this.#slots.clear()
      this.#cedar = new Cedar()
    }
    return this.#cedar
  }

  #slot(cedar: Cedar, set: CompiledSet): string {
    const held = this.#slots.get(set.digest)
    const slot = held ?? this.#freeSlot()
    if (held === undefined)
      cedar.prepare(slot, set.schema.text, Object.fromEntries([...set.policies.values()].map(({ id, text }) => [id, text])))
    this.#slots.delete(set.digest)
    this.#slots.set(set.digest, slot)
    return slot
  }

  /** A slot that no set is in, emptied if need be: a set must never be asked in a slot that holds another. */
  #freeSlot(): string {
    const [oldest] = this.#slots.keys()
    if (this.#slots.size >= maxPrepared && oldest !== undefined) this.#slots.delete(oldest)
    const taken = new Set(this.#slots.values())
    const free = slotNames.find((name) => !taken.has(name))
    if (free === undefined) throw new Error('every slot is taken')
    return free
  }
}
