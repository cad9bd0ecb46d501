/**
 * What a deletion would break, asked before it. It changes nothing, and its ETag is
 * that of the thing: a deletion with it in `If-Match` deletes what was looked at.
 *
 * @module
 */

import { Type, type TSchema } from 'typebox'
import type { Route } from '#http'
import { shown } from './answer.ts'
import { endpoint } from './endpoint.ts'
import type { AdminImpacts } from './ports/impact.ts'
import { requireId } from './read.ts'
import { closed, idParams } from './shapes.ts'

const counted: TSchema = Type.Object({ count: Type.Integer(), more: Type.Boolean() }, closed)
const texts: TSchema = Type.Array(Type.String())
const refused: TSchema = Type.Optional(Type.String())

const userImpact: TSchema = Type.Object(
  { refused, roles: texts, groups: Type.Integer(), sessions: counted, tokenFamilies: counted },
  closed,
)

const groupImpact: TSchema = Type.Object({ roles: texts, members: counted }, closed)

const clientImpact: TSchema = Type.Object(
  {
    refused,
    declaredBy: Type.Optional(
      Type.Union([Type.Literal('configuration'), Type.Literal('gateway'), Type.Literal('command_line'), Type.Literal('route')]),
    ),
    roles: texts,
    redirectUris: texts,
    tokenFamilies: counted,
    consents: counted,
  },
  closed,
)

const routeImpact: TSchema = Type.Object(
  { refused, origin: Type.String(), paths: Type.Integer(), open: Type.Integer(), client: Type.Optional(Type.String()) },
  closed,
)

/** Whoever may delete a thing may ask what that breaks, and nobody else. */
export function impactRoutes(impacts: AdminImpacts): readonly Route[] {
  return [
    endpoint(
      'GET',
      '/users/:user/impact',
      'users:delete',
      'Says what deleting a user would break, and whether it would be refused.',
      { params: idParams('user'), answers: { 200: userImpact } },
      async (op, input) => shown(await impacts.ofUser(op, requireId(input, 'usr', 'user'))),
      { resource: { type: 'User', param: 'user' } },
    ),
    endpoint(
      'GET',
      '/groups/:group/impact',
      'groups:delete',
      'Says what deleting a group would break.',
      { params: idParams('group'), answers: { 200: groupImpact } },
      async (op, input) => shown(await impacts.ofGroup(op, requireId(input, 'grp', 'group'))),
      { resource: { type: 'Group', param: 'group' } },
    ),
    endpoint(
      'GET',
      '/clients/:client/impact',
      'clients:delete',
      'Says what deleting a client would break, and whether it would be refused.',
      { params: idParams('client'), answers: { 200: clientImpact } },
      async (op, input) => shown(await impacts.ofClient(op, requireId(input, 'cli', 'client'))),
      { resource: { type: 'Client', param: 'client' } },
    ),
    endpoint(
      'GET',
      '/routes/:route/impact',
      'routes:delete',
      'Says what deleting a route would break, and whether it would be refused.',
      { params: idParams('route'), answers: { 200: routeImpact } },
      async (op, input) => shown(await impacts.ofRoute(op, requireId(input, 'rte', 'route'))),
      { resource: { type: 'Route', param: 'route' } },
    ),
  ]
}
