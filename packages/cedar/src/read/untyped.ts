/** Requests and entities in Cedar's JSON form, where there is no schema to read them by. @module */

import type { Request } from '../authorize.ts'
import type { Entity } from '../entities/store.ts'
import { member, readList, readObject, readUid, type Path } from './plain.ts'
import { readRecord } from './value.ts'

/**
 * Reads `[{ uid, attrs, parents, tags }]`, with Cedar's escapes. For entities of one's own: what comes from outside is
 * read by a schema.
 */
export function readPlainEntities(json: unknown): readonly Entity[] {
  return readList(json, []).map((entity, at) => readEntity(entity, [at]))
}

function readEntity(json: unknown, path: Path): Entity {
  const entity = readObject(json, path)
  const parents = readList(member(entity, 'parents') ?? [], [...path, 'parents'])
  return {
    uid: readUid(member(entity, 'uid'), [...path, 'uid']),
    attributes: readRecord(member(entity, 'attrs') ?? {}, [...path, 'attrs']),
    parents: parents.map((parent, at) => readUid(parent, [...path, 'parents', at])),
    tags: readRecord(member(entity, 'tags') ?? {}, [...path, 'tags']),
  }
}

/** Reads `{ principal, action, resource, context }`, with Cedar's escapes. */
export function readPlainRequest(json: unknown): Request {
  const request = readObject(json, [])
  return {
    principal: readUid(member(request, 'principal'), ['principal']),
    action: readUid(member(request, 'action'), ['action']),
    resource: readUid(member(request, 'resource'), ['resource']),
    context: readRecord(member(request, 'context') ?? {}, ['context']),
  }
}
