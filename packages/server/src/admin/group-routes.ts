import { Type } from 'typebox'
import type { Route } from '#http'
import { endpoint } from './endpoint.ts'
import type { GroupHandlers } from './groups.ts'
import { roleChangeRoutes } from './role-changes.ts'
import * as people from './people-shapes.ts'
import * as shape from './shapes.ts'

/** Groups: their names, their members and what those hold through them. */
export function groupRoutes(groups: GroupHandlers): readonly Route[] {
  const aGroup = { resource: { type: 'Group', param: 'group' } }
  const group = shape.idParams('group')
  const member = shape.idParams('group', { user: shape.id })
  const prefix = Type.String({ minLength: 1, maxLength: 128 })
  return [
    endpoint(
      'GET',
      '/groups',
      'groups:list',
      'Lists groups, by prefix of the name where one is given.',
      { query: shape.pageQuery({ prefix }), answers: { 200: shape.pageOf(people.group) } },
      groups.list,
    ),
    endpoint(
      'POST',
      '/groups',
      'groups:create',
      'Creates a group.',
      { body: people.groupName, answers: { 201: people.group } },
      groups.create,
    ),
    endpoint(
      'GET',
      '/groups/:group',
      'groups:read',
      'Reads a group.',
      { params: group, answers: { 200: people.group } },
      groups.read,
      aGroup,
    ),
    endpoint(
      'PATCH',
      '/groups/:group',
      'groups:update',
      'Gives a group another name.',
      { params: group, body: people.groupName, answers: { 200: people.group } },
      groups.update,
      { ...aGroup, version: 'required' },
    ),
    endpoint(
      'DELETE',
      '/groups/:group',
      'groups:delete',
      'Deletes a group. Its members lose what they held through it.',
      { params: group, answers: { 204: 'empty' } },
      groups.remove,
      { ...aGroup, version: 'accepted' },
    ),
    endpoint(
      'GET',
      '/groups/:group/members',
      'groups:read',
      'Lists the members of a group.',
      { params: group, query: shape.pageQuery(), answers: { 200: shape.pageOf(people.user) } },
      groups.listMembers,
      aGroup,
    ),
    endpoint(
      'PUT',
      '/groups/:group/members/:user',
      'groups:update',
      'Makes a user a member, who holds the roles of the group from the next request on.',
      { params: member, answers: { 204: 'empty' } },
      groups.addMember,
      { ...aGroup, version: 'accepted' },
    ),
    endpoint(
      'DELETE',
      '/groups/:group/members/:user',
      'groups:update',
      'Takes a member out of a group.',
      { params: member, answers: { 204: 'empty' } },
      groups.removeMember,
      { ...aGroup, version: 'accepted' },
    ),
    ...roleChangeRoutes(groups, {
      plural: 'groups',
      param: 'group',
      shape: people.group,
      about: { ...aGroup, version: 'accepted' },
      gives: 'Gives a group a role, and its members through it.',
      takes: 'Takes a role from a group.',
    }),
  ]
}
