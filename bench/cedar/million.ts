/**
 * A million entities in one store, in a process of its own: how long they take
 * to load, what memory they take, and how soon a change of one is seen. Prints one line of JSON.
 *
 * @module
 */

import {
  authorize,
  EntityStore,
  EntityUid,
  PolicySet,
  readEntities,
  readPolicies,
  readSchema,
  readSchemaText,
  type Request,
} from '../../packages/cedar/src/index.ts'
import { median } from '../rows.ts'

/** What the process found. */
export interface Million {
  readonly seconds: number
  /** Resident, of the whole process with its runtime, after a collection. */
  readonly megabytes: number
  /** From the call that moves one user to the decision that sees it. */
  readonly updateMs: number
}

const million = 1_000_000
/** Entities read at once, as a server reads them from its database. */
const page = 10_000
/** A group for every hundred users, ten groups in each that is above. */
const groups = million / 101
const updates = 1_001

const schema = readSchema(
  readSchemaText(`
    entity Group in [Group];
    entity User in [Group] { name: String, level: Long };
    entity Room;
    action enter appliesTo { principal: User, resource: Room };
  `),
)

function entityAt(at: number): object {
  const parent = (group: number): object => ({ type: 'Group', id: `group-${group}` })
  if (at < groups) return { uid: parent(at), attrs: {}, parents: at === 0 ? [] : [parent(Math.floor((at - 1) / 10))] }
  return {
    uid: { type: 'User', id: `user-${at}` },
    attrs: { name: `User number ${at}`, level: at % 10 },
    parents: [parent(at % Math.floor(groups))],
  }
}

const store = new EntityStore()
let loadingMs = 0
for (let from = 0; from < million; from += page) {
  const json = Array.from({ length: page }, (_, at) => entityAt(from + at))
  const began = performance.now()
  store.apply({ put: readEntities(schema, json) })
  loadingMs += performance.now() - began
}
globalThis.gc?.()
const megabytes = process.memoryUsage.rss() / 2 ** 20

const policies = PolicySet.fromJson({
  staticPolicies: Object.fromEntries(
    readPolicies(`permit (principal in Group::"group-7", action, resource);`).map(({ json }) => ['members', json]),
  ),
})
const user = new EntityUid('User', `user-${million - 1}`)
const request: Request = {
  principal: user,
  action: new EntityUid('Action', 'enter'),
  resource: new EntityUid('Room', '1'),
  context: new Map(),
}
const took = Array.from({ length: updates }, (_, at) => {
  const isMember = at % 2 === 0
  const began = performance.now()
  const parents = [new EntityUid('Group', isMember ? 'group-7' : 'group-8')]
  store.apply({ put: [{ uid: user, parents, attributes: new Map(), tags: new Map() }] })
  const { decision } = authorize(policies, store, request)
  const ms = performance.now() - began
  if (decision !== (isMember ? 'allow' : 'deny')) throw new Error(`a change was not seen: ${decision}`)
  return ms
})
console.log(JSON.stringify({ seconds: loadingMs / 1_000, megabytes, updateMs: median(took) } satisfies Million))
