import assert from 'node:assert/strict'
import { test } from 'node:test'
import { labSet, shippedSet } from '../../test/policies.ts'
import { createCedarEngine } from './cedar-engine.ts'
import { compareEngines } from './disagreement.ts'
import { enforce } from './engine.ts'
import { readProgram } from './program.ts'
import { Questions } from './questions.ts'
import { createReferee, type Referee } from './referee.ts'

const engine = createCedarEngine()
const referee = createReferee()
const questions = 3_000

const lab = labSet(
  engine,
  `@id("members") permit (principal in Countersign::Role::"member", action, resource);
   @id("open") permit (principal, action == Lab::Action::"use", resource is Lab::Thing) when { resource has open && resource.open };
   @id("own") permit (principal, action, resource is Lab::Thing in Lab::Thing::"a") when { resource has owner && resource.owner == principal };
   @id("far") forbid (principal, action, resource) unless { context has address && context.address.isInRange(ip("10.0.0.0/8")) };
   @id("late") forbid (principal is Countersign::User, action, resource) when { principal.authTime < datetime("2026-01-01") };
   @id("named") permit (principal, action, resource is Lab::Thing) when { resource has name && resource.name like "a*" && context has path && context.path == "b" };
   @id("overflows") permit (principal, action, resource is Lab::Thing) when { resource has open && 9223372036854775807 + 1 == 0 };`,
)

for (const set of [shippedSet(engine, 'countersign'), shippedSet(engine, 'notes'), lab]) {
  test(`the referee answers as the engine does: ${set.store}`, { timeout: 120_000 }, () => {
    assert.equal(JSON.stringify(compareEngines([engine, referee], set, { questions, seed: 1 }).disagreement), undefined)
  })
}

test('the questions are answered in more than one way, so that agreeing says something', () => {
  const asked = new Questions(readProgram(lab).schema, lab, 2)
  const seen = new Set<string>()
  for (let count = 0; count < 500; count += 1) {
    const { request, entities } = asked.next()
    const { decision, reasons, erring, unanswerable } = engine.evaluate(lab, request, entities)
    assert.equal(unanswerable, undefined)
    seen.add(`${decision} ${reasons.length > 0} ${erring.length > 0}`)
  }
  assert.ok(seen.size >= 4, [...seen].join())
})

test('an engine that is wrong about one policy is found', () => {
  const wrong: Referee = {
    evaluate(set, request, entities) {
      const right = engine.evaluate(set, request, entities)
      return right.reasons.includes('far' as never) ? { ...right, reasons: [], decision: 'allow' } : right
    },
  }
  const { disagreement: found } = compareEngines([wrong, referee], lab, { questions, seed: 3 })
  assert.match(found?.answers[1] ?? '', /^deny by far/)
  assert.equal(found === undefined ? '' : enforce(engine.evaluate(lab, found.question.request, found.question.entities)), 'deny')
})

test('fewer are asked when the time is over, and it is said how many', () => {
  let turns = 0
  const { asked, disagreement } = compareEngines([engine, referee], lab, { questions, seed: 4, isOver: () => turns++ === 20 })
  assert.deepEqual([asked, disagreement], [20, undefined])
})
