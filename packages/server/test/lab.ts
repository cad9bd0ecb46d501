/** Questions to the lab: one small policy store, a person who asks, and policies that a test writes. @module */

import { createCedarEngine } from '../src/policy/cedar-engine.ts'
import { decide, type Ask, type Decision } from '../src/policy/decide.ts'
import type { PolicyEngine } from '../src/policy/engine.ts'
import { aUser, labSet } from './policies.ts'

export const engine: PolicyEngine = createCedarEngine()
export const nowMs: number = aUser.proof.authTimeMs + 60_000

export function askLab(policies: string, given: Partial<Ask> = {}): Decision {
  const ask: Ask = { principal: aUser, roles: [], action: 'use', resource: { type: 'Thing', id: 't' }, facts: { nowMs }, ...given }
  return decide(engine, labSet(engine, policies), ask)
}

export const scope = '(principal, action, resource)'
export const members = '@id("members") permit (principal in Countersign::Role::"member", action == Lab::Action::"use", resource);'
export const anyone: string = `@id("anyone") permit ${scope};`
