import type { Route } from '#http'
import { endpoint } from './endpoint.ts'
import { roleChangeRoutes } from './role-changes.ts'
import * as people from './people-shapes.ts'
import * as shape from './shapes.ts'
import type { UserHandlers } from './users.ts'

/** Users: what they are called, whether they may sign in, and their roles. */
export function userRoutes(users: UserHandlers): readonly Route[] {
  const aUser = { resource: { type: 'User', param: 'user' } }
  const user = shape.idParams('user')
  return [
    endpoint(
      'GET',
      '/users',
      'users:list',
      'Lists users: those whose user name or email address begins with a prefix, in a state, or with a role, held directly or through a group.',
      { query: shape.pageQuery(people.userFilter), answers: { 200: shape.pageOf(people.user) } },
      users.list,
    ),
    endpoint('POST', '/users', 'users:create', 'Creates a user.', { body: people.newUser, answers: { 201: people.user } }, users.create),
    endpoint('GET', '/users/:user', 'users:read', 'Reads a user.', { params: user, answers: { 200: people.user } }, users.read, aUser),
    endpoint(
      'PATCH',
      '/users/:user',
      'users:update',
      'Changes names, state and password of a user, all of it or nothing. Disabling and a new password end the user’s sessions; `null` takes a name or an address away.',
      { params: user, body: people.userChange, answers: { 200: people.user } },
      users.update,
      { ...aUser, version: 'required' },
    ),
    endpoint(
      'DELETE',
      '/users/:user',
      'users:delete',
      'Deletes a user and destroys the key of their data.',
      { params: user, answers: { 204: 'empty' } },
      users.remove,
      { ...aUser, version: 'accepted' },
    ),
    ...roleChangeRoutes(users, {
      plural: 'users',
      param: 'user',
      shape: people.user,
      about: { ...aUser, version: 'accepted' },
      gives: 'Gives a user a role.',
      takes: 'Takes a role from a user.',
    }),
  ]
}
