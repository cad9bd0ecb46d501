/**
 * What can be said of a policy set without a request: policies that do nothing,
 * and what another schema would do to them. For whoever writes policies; nothing
 * of it is done when something is decided.
 *
 * @module
 */

import type { CompiledPolicy } from '../compile/policy.ts'
import type { PolicyJson } from '../policy.ts'
import { PolicySet } from '../policy-set.ts'
import type { Schema } from '../schema/schema.ts'
import { validate, type PolicyMistake } from '../validate/validate.ts'
import { covers } from './covers.ts'

/** One policy, and the other one that makes it idle. */
export interface Pair {
  readonly policy: string
  readonly by: string
}

export interface Analysis {
  /** Policies that hold for no request that fits the schema. */
  readonly neverHold: readonly string[]
  /** Permits under a forbid that holds, or errs, whenever they hold. */
  readonly shadowed: readonly Pair[]
  /** Policies that say what another one says, in the same words or more narrowly: without them every decision is the same, unless one errs. */
  readonly redundant: readonly Pair[]
}

/** Finds policies that do nothing. What it finds is so; it does not find everything that is. */
export function analyse(schema: Schema, policies: Readonly<Record<string, PolicyJson>>): Analysis {
  const compiled = [...PolicySet.fromJson({ staticPolicies: policies }).all()]
  const permits = compiled.filter(({ effect }) => effect === 'permit')
  const forbids = compiled.filter(({ effect }) => effect === 'forbid')
  return {
    neverHold: validate(schema, policies).neverHold,
    shadowed: permits.flatMap((permit) => pairs(permit, forbids)),
    redundant: [...permits, ...forbids].flatMap((policy) =>
      pairs(
        policy,
        compiled.filter((other) => isMoreGeneral(other, policy)),
      ),
    ),
  }
}

/** The first of the others that covers a policy. */
function pairs(policy: CompiledPolicy, others: readonly CompiledPolicy[]): readonly Pair[] {
  const by = others.find((other) => covers(other, policy))
  return by === undefined ? [] : [{ policy: policy.id, by: by.id }]
}

/** Of two that say the same, the one with the later name is redundant. */
function isMoreGeneral(other: CompiledPolicy, policy: CompiledPolicy): boolean {
  if (other.id === policy.id || other.effect !== policy.effect) return false
  return !covers(policy, other) || other.id < policy.id
}

/** What another schema would do to a policy set. */
export interface SchemaEffect {
  /** Mistakes that were none. */
  readonly broken: readonly PolicyMistake[]
  /** Policies with mistakes that would have none. */
  readonly mended: readonly string[]
  /** Policies that held for some request and would for none. */
  readonly silenced: readonly string[]
  /** Policies that held for no request and would for some. */
  readonly awakened: readonly string[]
}

export function compareSchemas(before: Schema, after: Schema, policies: Readonly<Record<string, PolicyJson>>): SchemaEffect {
  const [old, next] = [validate(before, policies), validate(after, policies)]
  const wasMistaken = new Set(old.mistakes.map(({ policy }) => policy))
  const isMistaken = new Set(next.mistakes.map(({ policy }) => policy))
  const wasIdle = new Set(old.neverHold)
  const isIdle = new Set(next.neverHold)
  const isFine = (policy: string): boolean => !wasMistaken.has(policy) && !isMistaken.has(policy)
  return {
    broken: next.mistakes.filter(({ policy }) => !wasMistaken.has(policy)),
    mended: [...wasMistaken].filter((policy) => !isMistaken.has(policy)),
    silenced: [...isIdle].filter((policy) => isFine(policy) && !wasIdle.has(policy)),
    awakened: [...wasIdle].filter((policy) => isFine(policy) && !isIdle.has(policy)),
  }
}
