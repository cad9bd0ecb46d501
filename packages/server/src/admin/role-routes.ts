import { Type } from 'typebox'
import type { Route } from '#http'
import { endpoint } from './endpoint.ts'
import type { RoleHandlers } from './known-roles.ts'
import * as shape from './shapes.ts'

const role = Type.Object(
  {
    role: Type.String(),
    builtIn: Type.Boolean(),
    called: Type.Optional(Type.String()),
    stores: Type.Array(Type.String()),
    held: Type.Boolean(),
  },
  shape.closed,
)

const holder = Type.Object(
  {
    id: Type.String(),
    kind: Type.Union([Type.Literal('user'), Type.Literal('group'), Type.Literal('client')]),
    name: Type.Optional(Type.String()),
  },
  shape.closed,
)

/** Roles: which there are, and who holds them. They are given where their holders are. */
export function roleRoutes(roles: RoleHandlers): readonly Route[] {
  const one = Type.Object({ role: shape.roleName }, shape.closed)
  return [
    endpoint(
      'GET',
      '/roles',
      'roles:read',
      'Lists roles: those that policies name, those of Countersign and those of apps, and those that somebody holds.',
      { query: shape.pageQuery(), answers: { 200: shape.pageOf(role) } },
      roles.list,
    ),
    endpoint('GET', '/roles/:role', 'roles:read', 'Reads a role.', { params: one, answers: { 200: role } }, roles.read),
    endpoint(
      'GET',
      '/roles/:role/holders',
      'roles:read',
      'Lists who holds a role themself: users, groups and clients. Members of a group hold what it holds.',
      { params: one, query: shape.pageQuery(), answers: { 200: shape.pageOf(holder) } },
      roles.listHolders,
    ),
  ]
}
