import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId, type Clock, type GroupId, type SessionId } from '#kernel'
import type { SessionView } from '../channel/contract.ts'
import { People } from './people.ts'

const group: GroupId = newId('grp')
const view = (roles: readonly string[], changes: Partial<SessionView> = {}): SessionView => ({
  id: alice.id,
  user: alice.user,
  acr: '1fa',
  amr: ['pwd'],
  authTimeMs: 0,
  endsAtMs: 1_000_000,
  roles,
  groups: [group],
  ...changes,
})
const alice = { id: newId('ses') as SessionId, user: newId('usr') }

interface Setup {
  readonly people: People
  readonly asked: string[]
  nowMs: number
  answer: () => Promise<SessionView | undefined>
}

function setup(): Setup {
  const state = { asked: [] as string[], nowMs: 0, answer: async (): Promise<SessionView | undefined> => view(['editor']) }
  const clock: Clock = { wallMs: () => state.nowMs, monotonicMs: () => state.nowMs }
  const people = new People(async (id, purpose) => {
    state.asked.push(`${purpose} ${id}`)
    return state.answer()
  }, clock)
  return Object.assign(state, { people })
}

test('a person is remembered for a minute and then asked for again', async () => {
  const house = setup()
  await house.people.find(alice.id)
  house.nowMs = 59_999
  await house.people.find(alice.id)
  assert.equal(house.asked.length, 1)
  house.nowMs = 60_000
  await house.people.find(alice.id)
  assert.deepEqual(house.asked, [`use ${alice.id}`, `use ${alice.id}`])
})

test('a look does not put off that use is told (who worked beside an open WebSocket was idled out)', async () => {
  const house = setup()
  await house.people.find(alice.id)
  house.nowMs = 59_999
  await house.people.look(alice.id)
  await house.people.find(alice.id)
  house.nowMs = 60_000
  await house.people.find(alice.id)
  assert.deepEqual(house.asked, [`use ${alice.id}`, `look ${alice.id}`, `use ${alice.id}`])
})

test('a session that ran out meanwhile is over, remembered or not', async () => {
  const house = setup()
  house.answer = async () => view([], { endsAtMs: 1_000 })
  assert.notEqual(await house.people.find(alice.id), undefined)
  house.nowMs = 1_000
  assert.equal(await house.people.find(alice.id), undefined)
})

test('an ended session is not remembered as alive, nor as ended', async () => {
  const house = setup()
  house.answer = async () => undefined
  assert.equal(await house.people.find(alice.id), undefined)
  house.answer = async () => view(['editor'])
  assert.notEqual(await house.people.find(alice.id), undefined)
})

for (const [says, id] of [
  ['the session', alice.id],
  ['the person', alice.user],
  ['a group of the person', group],
] as const) {
  test(`what is heard about ${says} is forgotten`, async () => {
    const house = setup()
    await house.people.find(alice.id)
    house.people.forget(id)
    await house.people.find(alice.id)
    assert.equal(house.asked.length, 2)
  })

  test(`an answer that was overtaken by news about ${says} is asked for again`, async () => {
    const house = setup()
    const answers = [view(['editor']), view(['viewer'])]
    house.answer = async () => {
      const answer = answers[house.asked.length - 1]
      if (house.asked.length === 1) house.people.forget(id)
      return answer
    }
    assert.deepEqual((await house.people.find(alice.id))?.roles, ['viewer'])
    assert.deepEqual((await house.people.find(alice.id))?.roles, ['viewer'])
    assert.equal(house.asked.length, 2)
  })
}

test('news that never stop while a person is asked for refuse the person', async () => {
  const house = setup()
  house.answer = async () => {
    house.people.forgetAll()
    return view(['editor'])
  }
  await assert.rejects(house.people.find(alice.id), { name: 'Unavailable' })
})

test('an answer about another session is no answer', async () => {
  const house = setup()
  house.answer = async () => view(['editor'], { id: newId('ses') })
  assert.equal(await house.people.find(alice.id), undefined)
})
