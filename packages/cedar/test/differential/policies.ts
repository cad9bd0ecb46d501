/** Random policies, templates and links: mostly of fitting types, now and then not. @module */

import type { ActionScopeJson, ExpressionJson, PolicyJson, PolicySetJson, ScopeJson, Slot, TemplateLink } from '../../src/index.ts'
import type { Random } from './random.ts'
import { anyAction, anyUid, names, numbers, tagNames, texts, types } from './world.ts'

type Kind = 'bool' | 'long' | 'string' | 'entity' | 'set' | 'record' | 'decimal' | 'ip' | 'datetime' | 'duration'

const kinds: readonly Kind[] = ['bool', 'long', 'string', 'entity', 'set', 'record', 'decimal', 'ip', 'datetime', 'duration']
const edges = [2n ** 63n - 1n, -(2n ** 63n), 2n ** 62n, 3037000500n, BigInt(Number.MAX_SAFE_INTEGER) + 2n]
const extensionTexts: Readonly<Record<string, readonly string[]>> = {
  decimal: ['1.2', '-0.5', '922337203685477.5807', '1.23456', 'x'],
  ip: ['10.0.0.0/8', '10.1.2.3', '::1', 'ff02::1', '1.2.3', '127.0.0.1/7'],
  datetime: ['2024-02-29', '2024-01-01T12:00:00.000+0130', '1969-12-31T23:59:59Z', '2023-02-29', '0000-01-01'],
  duration: ['1h', '-1d2h', '9223372036854775807ms', '1m1h', '0s'],
}

export class PolicyMaker {
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  set(): PolicySetJson {
    const random = this.#random
    const count = 1 + random.below(6)
    const staticPolicies = Object.fromEntries(Array.from({ length: count }, (_, at) => [`p${at}`, this.#policy(undefined)]))
    if (random.once(2)) return { staticPolicies }
    const templates = { t0: this.#policy('?principal'), t1: this.#policy('?resource') }
    const templateLinks: readonly TemplateLink[] = [
      { templateId: 't0', newId: 'l0', values: { '?principal': anyUid(random) } },
      { templateId: 't0', newId: 'l1', values: { '?principal': anyUid(random) } },
      { templateId: 't1', newId: 'l2', values: { '?resource': anyUid(random) } },
    ]
    return { staticPolicies, templates, templateLinks }
  }

  #policy(slot: Slot | undefined): PolicyJson {
    const random = this.#random
    const clause = (): PolicyJson['conditions'][number] => ({
      kind: random.once(3) ? 'unless' : 'when',
      body: this.#expression('bool', 3),
    })
    return {
      effect: random.once(3) ? 'forbid' : 'permit',
      principal: this.#scope(slot === '?principal' ? slot : undefined),
      action: this.#actionScope(),
      resource: this.#scope(slot === '?resource' ? slot : undefined),
      conditions: random.once(4) ? [] : [clause(), ...random.several(1, clause)],
    }
  }

  #scope(slot: Slot | undefined): ScopeJson {
    const random = this.#random
    const target = slot === undefined ? { entity: anyUid(random) } : { slot }
    switch (random.below(slot === undefined ? 7 : 3)) {
      case 0:
        return { op: '==', ...target }
      case 1:
        return { op: 'in', ...target }
      case 2:
        return { op: 'is', entity_type: random.pick(types), in: target }
      case 3:
        return { op: 'is', entity_type: random.pick(types) }
      default:
        return { op: 'All' }
    }
  }

  #actionScope(): ActionScopeJson {
    const random = this.#random
    switch (random.below(6)) {
      case 0:
        return { op: '==', entity: anyAction(random) }
      case 1:
        return { op: 'in', entity: anyAction(random) }
      case 2:
        return { op: 'in', entities: random.several(3, () => anyAction(random)) }
      default:
        return { op: 'All' }
    }
  }

  #expression(wanted: Kind, depth: number): ExpressionJson {
    const random = this.#random
    const kind = random.once(25) ? random.pick(kinds) : wanted
    if (depth === 0) return this.#leaf(kind)
    if (random.once(10)) {
      const [when, whenTrue, whenFalse] = [
        this.#expression('bool', depth - 1),
        this.#expression(kind, depth - 1),
        this.#expression(kind, depth - 1),
      ]
      // oxlint-disable-next-line unicorn/no-thenable -- Cedar's own name
      return { 'if-then-else': { if: when, then: whenTrue, else: whenFalse } }
    }
    if (kind !== 'bool' && random.once(3)) return this.#lookup(depth)
    return this.#made(kind, depth)
  }

  #leaf(kind: Kind): ExpressionJson {
    const random = this.#random
    switch (kind) {
      case 'bool':
        return { Value: random.once(2) }
      case 'long':
        return { Value: random.once(6) ? random.pick(edges) : random.pick(numbers) }
      case 'string':
        return { Value: random.pick(texts) }
      case 'entity':
        return random.once(2) ? { Var: random.pick(['principal', 'action', 'resource']) } : { Value: { __entity: anyUid(random) } }
      case 'set':
        return { Set: random.several(3, () => this.#leaf(random.pick(['long', 'string', 'entity', 'bool']))) }
      case 'record':
        return random.once(2) ? { Var: 'context' } : { Record: { [random.pick(names)]: this.#leaf(random.pick(kinds.slice(0, 5))) } }
      case 'decimal':
      case 'ip':
      case 'datetime':
      case 'duration':
      default:
        return { [kind]: [{ Value: random.pick(extensionTexts[kind] ?? []) }] }
    }
  }

  /** An attribute or a tag, of whatever type it has. */
  #lookup(depth: number): ExpressionJson {
    const random = this.#random
    if (random.once(4)) return { getTag: { left: this.#expression('entity', depth - 1), right: this.#tagName(depth - 1) } }
    return { '.': { left: this.#expression(random.pick(['entity', 'record']), depth - 1), attr: random.pick(names) } }
  }

  /** Often one that entities have. */
  #tagName(depth: number): ExpressionJson {
    return this.#random.once(2) ? { Value: this.#random.pick(tagNames) } : this.#expression('string', depth)
  }

  #made(kind: Kind, depth: number): ExpressionJson {
    const random = this.#random
    const of = (wanted: Kind): ExpressionJson => this.#expression(wanted, depth - 1)
    const two = (operator: string, left: Kind, right: Kind): ExpressionJson => ({ [operator]: { left: of(left), right: of(right) } })
    switch (kind) {
      case 'bool':
        return this.#judgement(of, two)
      case 'long':
        if (random.once(4)) return { [random.pick(['toMilliseconds', 'toSeconds', 'toMinutes', 'toHours', 'toDays'])]: [of('duration')] }
        return random.once(4) ? { neg: { arg: of('long') } } : two(random.pick(['+', '-', '*']), 'long', 'long')
      case 'set':
        return { Set: random.several(3, () => of(random.pick(kinds))) }
      case 'record':
        return { Record: Object.fromEntries(random.several(3, () => [random.pick(names), of(random.pick(kinds))] as const)) }
      case 'datetime':
        return random.once(2) ? { offset: [of('datetime'), of('duration')] } : { toDate: [of('datetime')] }
      case 'duration':
        return random.once(2) ? { durationSince: [of('datetime'), of('datetime')] } : { toTime: [of('datetime')] }
      case 'string':
      case 'entity':
      case 'decimal':
      case 'ip':
      default:
        return this.#leaf(kind)
    }
  }

  #judgement(of: (kind: Kind) => ExpressionJson, two: (operator: string, left: Kind, right: Kind) => ExpressionJson): ExpressionJson {
    const random = this.#random
    const same = random.pick(kinds)
    const judgements: readonly (() => ExpressionJson)[] = [
      () => two(random.pick(['&&', '||']), 'bool', 'bool'),
      () => two(random.pick(['&&', '||']), 'bool', 'bool'),
      () => ({ '!': { arg: of('bool') } }),
      () => two(random.pick(['==', '!=']), same, same),
      () => two(random.pick(['<', '<=', '>', '>=']), 'long', 'long'),
      () => {
        const ordered = random.pick<Kind>(['datetime', 'duration'])
        return two(random.pick(['<', '<=', '>', '>=']), ordered, ordered)
      },
      () => two('in', 'entity', random.once(3) ? 'set' : 'entity'),
      () => ({ in: { left: of('entity'), right: { Set: random.several(3, () => of('entity')) } } }),
      () => two('contains', 'set', random.pick(kinds)),
      () => two(random.pick(['containsAll', 'containsAny']), 'set', 'set'),
      () => ({ isEmpty: { arg: of('set') } }),
      () => ({ hasTag: { left: of('entity'), right: this.#tagName(1) } }),
      () => ({ has: { left: of(random.pick(['entity', 'record'])), attr: random.pick(names) } }),
      () => ({ has: { left: of(random.pick(['entity', 'record'])), attr: ['r', random.pick(['e', 'n', 's'])] } }),
      () => ({
        like: {
          left: of('string'),
          pattern: random.several(4, () => (random.once(2) ? 'Wildcard' : { Literal: random.pick(['a', 'b', '*', 'ü', '😀']) })),
        },
      }),
      () => ({ is: { left: of('entity'), entity_type: random.pick(types) } }),
      () => ({ is: { left: of('entity'), entity_type: random.pick(types), in: of(random.once(3) ? 'set' : 'entity') } }),
      () => ({ [random.pick(['lessThan', 'lessThanOrEqual', 'greaterThan', 'greaterThanOrEqual'])]: [of('decimal'), of('decimal')] }),
      () => ({ [random.pick(['isIpv4', 'isIpv6', 'isLoopback', 'isMulticast'])]: [of('ip')] }),
      () => ({ isInRange: [of('ip'), of('ip')] }),
    ]
    return random.pick(judgements)()
  }
}
