/**
 * A search over a hundred thousand documents, in a process of its own: the processor's
 * time of a first page, which does not grow when others use the machine. Prints one line of JSON.
 *
 * @module
 */

import { EntityStore, EntityUid, PolicySet, readPlainEntities, readPolicies, search } from '../../packages/cedar/src/index.ts'
import { median } from '../rows.ts'

/** What the process found. */
export interface Searched {
  readonly firstPageMs: number
}

const documents = 100_000
const folders = 100
const owners = 1_000
const searches = 15

const uid = (type: string, at: number): object => ({ type, id: `${at}` })

function entityAt(at: number): object {
  if (at < folders) return { uid: uid('Folder', at), attrs: {}, parents: at === 0 ? [] : [uid('Folder', Math.floor((at - 1) / 4))] }
  return {
    uid: uid('Document', at),
    attrs: { owner: { __entity: uid('User', at % owners) }, public: at % 10_000 === 0 },
    parents: [uid('Folder', at % folders)],
  }
}

const policies = readPolicies(`
  permit (principal, action, resource) when { resource.owner == principal };
  permit (principal, action, resource) when { resource.public };
  permit (principal, action, resource in Folder::"77");
  forbid (principal, action, resource) when { resource.owner == User::"9" && principal != resource.owner };
`)
const set = PolicySet.fromJson({ staticPolicies: Object.fromEntries(policies.map(({ json }, at) => [`policy${at}`, json])) })
const store = new EntityStore()
store.apply({ put: readPlainEntities(Array.from({ length: folders + documents }, (_, at) => entityAt(at))) })
const request = {
  find: 'resource',
  principal: new EntityUid('User', '7'),
  action: new EntityUid('Action', 'read'),
  context: new Map(),
} as const

/** A thousand documents of the folder, a hundred of their own, eleven that are public and in neither. */
const found = search(set, store, request, { type: 'Document', limit: documents }).found.length
if (found < 1_100) throw new Error(`the search found ${found}`)

function cpuMs(limit: number): number {
  const took = Array.from({ length: searches }, () => {
    const before = process.cpuUsage()
    search(set, store, request, { type: 'Document', limit })
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1_000
  })
  return median(took)
}

console.log(JSON.stringify({ firstPageMs: cpuMs(50) } satisfies Searched))
