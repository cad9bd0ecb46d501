import type { Route } from '#http'
import { endpoint } from './endpoint.ts'
import * as shape from './shapes.ts'
import { grantFilter, token } from './grant-shapes.ts'
import type { TokenHandlers } from './tokens.ts'

/** Tokens, by what they descend from: the authorization that a person gave a client. */
export function tokenRoutes(tokens: TokenHandlers): readonly Route[] {
  const aToken = { resource: { type: 'Token', param: 'token' } }
  const one = shape.idParams('token')
  return [
    endpoint(
      'GET',
      '/tokens',
      'tokens:list',
      'Lists live authorizations, newest first, of one user or client where one is given: what a client holds for a person, and never a token. A page may hold fewer than asked for; the last one has no `next`.',
      { query: shape.pageQuery(grantFilter), answers: { 200: shape.pageOf(token) } },
      tokens.list,
    ),
    endpoint(
      'GET',
      '/tokens/:token',
      'tokens:read',
      'Reads a live authorization.',
      { params: one, answers: { 200: token } },
      tokens.read,
      aToken,
    ),
    endpoint(
      'DELETE',
      '/tokens/:token',
      'tokens:end',
      'Ends an authorization: its refresh token and its access tokens. Answers when nothing accepts them any more.',
      { params: one, answers: { 204: 'empty' } },
      tokens.end,
      aToken,
    ),
    endpoint(
      'DELETE',
      '/users/:user/tokens',
      'tokens:end',
      'Ends every authorization of a user, and none of their sessions. Answers when nothing accepts their tokens any more.',
      { params: shape.idParams('user'), answers: { 200: shape.howManyEnded } },
      tokens.endAllOfUser,
      { resource: { type: 'User', param: 'user' } },
    ),
    endpoint(
      'DELETE',
      '/clients/:client/tokens',
      'tokens:end',
      'Ends every authorization of a client, and the tokens that it has as itself. Answers when nothing accepts them any more.',
      { params: shape.idParams('client'), answers: { 200: shape.howManyEnded } },
      tokens.endAllOfClient,
      { resource: { type: 'Client', param: 'client' } },
    ),
  ]
}
