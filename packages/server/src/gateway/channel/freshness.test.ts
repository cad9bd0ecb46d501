import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Freshness } from './freshness.ts'

test('knowledge is as old as the ping that was answered, not as its answer', () => {
  const freshness = new Freshness()
  const number = freshness.ping(1_000)
  assert.equal(freshness.ageMs(1_500), undefined)
  freshness.pong(number, 0)
  assert.equal(freshness.ageMs(1_900), 900)
})

test('the age of what the server itself knows is added', () => {
  const freshness = new Freshness()
  freshness.pong(freshness.ping(1_000), 200)
  assert.equal(freshness.ageMs(1_000), 200)
})

test('an answer that overtakes an earlier one is not made old again by it', () => {
  const freshness = new Freshness()
  const first = freshness.ping(1_000)
  const second = freshness.ping(1_250)
  freshness.pong(second, 0)
  freshness.pong(first, 0)
  assert.equal(freshness.ageMs(1_300), 50)
})

test('an answer to no ping, or a second answer, counts for nothing', () => {
  const freshness = new Freshness()
  freshness.pong(7, 0)
  assert.equal(freshness.ageMs(0), undefined)
  const number = freshness.ping(0)
  freshness.pong(number, 500)
  freshness.pong(number, 0)
  assert.equal(freshness.ageMs(0), 500)
})

test('an answer that comes after the connection was lost counts for nothing', () => {
  const freshness = new Freshness()
  const number = freshness.ping(0)
  freshness.forget()
  freshness.pong(number, 0)
  assert.equal(freshness.ageMs(0), undefined)
})

test('a ping that many others followed is given up', () => {
  const freshness = new Freshness()
  const first = freshness.ping(0)
  for (let more = 0; more < 32; more += 1) freshness.ping(0)
  freshness.pong(first, 0)
  assert.equal(freshness.ageMs(0), undefined)
})
